"""Theirs beside ours: verdicts follow the intervals, and nothing of ours comes from nowhere."""

import json

import numpy as np
import pandas as pd
import pytest

from core.evaluation.claims.claim import (
    EXCEEDED,
    NOT_MEASURED,
    NOT_REPRODUCED,
    NOT_TESTABLE,
    REPRODUCED,
    Claim,
    Finding,
    Measured,
    judge,
    sources,
)
from core.evaluation.claims.claim_list import CLAIMS, OURS, findings
from core.evaluation.measuring.table import Provenance, read_results, write_results
from tests.core.evaluation.made_up import made_up_rows
from tests.paths import ROOT


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Tables of a baseline, of a joint codec that needs a tenth of the bytes, and of originals."""
    folder = tmp_path_factory.mktemp("results")
    made = Provenance("v", 0, {"fer2013/test": "x"}, {"base": "f"}, "the command")
    joint = {"scale": 0.1, "gamma": 0.5}
    tables = {
        "baseline": [made_up_rows("baseline"), made_up_rows("baseline", split="val")],
        "joint": [made_up_rows("joint", **joint), made_up_rows("joint", split="val", **joint)],
        "original": [made_up_rows("original")],
    }
    for name, parts in tables.items():
        write_results(pd.concat(parts, ignore_index=True), name, made, folder)
    return folder


@pytest.fixture(scope="module")
def found(folder):
    return {each.claim.id: each for each in findings(read_results(folder))}


def test_every_claim_has_a_verdict_and_a_reason(found):
    assert set(found) == {claim.id for claim in CLAIMS}
    for each in found.values():
        assert each.why
        assert (each.measured is None) == (each.verdict in (NOT_TESTABLE, NOT_MEASURED))


def test_without_a_table_nothing_of_ours_is_said():
    rows = pd.concat([made_up_rows("baseline")]).iloc[:0].assign(shipped=True)
    for each in findings(rows):
        if each.claim.id == "ours-units":  # of a document that ships, not of the table
            continue
        assert each.verdict in (NOT_TESTABLE, NOT_MEASURED)
        assert each.ours == "" and each.interval == ""


def test_a_tenth_of_the_bytes_at_equal_accuracy_is_minus_ninety_per_cent(found):
    rate = found["joint-rate"]
    assert rate.measured.value == pytest.approx(-90, abs=0.5)
    assert rate.verdict == EXCEEDED
    assert set(rate.measured.rows["method"]) == {"baseline", "joint"}


def test_what_the_control_reaches_by_itself_is_told(folder):
    rows = read_results(folder)
    control = [made_up_rows("control", scale=0.5), made_up_rows("control", split="val", scale=0.5)]
    with_control = pd.concat([rows, *(part.assign(shipped=True) for part in control)])
    claim = next(claim for claim in CLAIMS if claim.id == "joint-rate")
    assert "reaches -50.0 % by itself" in judge(claim, with_control).why
    assert "by itself" not in judge(claim, rows).why


def test_what_was_not_measured_says_what_is_missing(found):
    assert found["codec-rate"].verdict == NOT_MEASURED
    assert "no test rows of codec" in found["codec-rate"].why


def test_the_classifier_is_judged_by_its_interval(found):
    classifier = found["classifier"]
    share = classifier.measured
    assert share.low < share.value < share.high
    expected = EXCEEDED if share.low > 73.7 else REPRODUCED if share.high >= 72.97 else None
    assert classifier.verdict == (expected or NOT_REPRODUCED)


def test_the_low_rate_is_chosen_on_validation_and_told(found):
    low = found["joint-low-rate"]
    assert "on validation" in low.why and "Paired over 60 faces" in low.why
    assert low.measured.value < 0 and low.verdict == NOT_REPRODUCED


@pytest.mark.parametrize(
    ("sign", "ends", "strict", "verdict"),
    [
        (1, (5, 6), False, EXCEEDED),
        (1, (3, 4.5), False, REPRODUCED),
        (1, (1, 3), False, NOT_REPRODUCED),
        (-1, (1, 3), False, EXCEEDED),
        (-1, (3, 5), False, REPRODUCED),
        (-1, (5, 6), False, NOT_REPRODUCED),
        (1, (3, 6), True, NOT_REPRODUCED),
        (1, (5, 6), True, REPRODUCED),
    ],
)
def test_a_verdict_follows_the_whole_interval(sign, ends, strict, verdict):
    measured = Measured(float(np.mean(ends)), *map(float, ends), pd.DataFrame())
    claim = Claim(
        "x", "s", "w", "q", "4", "points", (4.0, 4.0), sign, lambda rows: measured, strict=strict
    )
    assert judge(claim, pd.DataFrame()).verdict == verdict


def test_several_gammas_without_a_choice_are_no_figure(folder):
    rows = read_results(folder)
    joint = rows[rows["method"] == "joint"]
    rows = pd.concat([rows, joint.assign(gamma=np.float32(1.0))], ignore_index=True)
    each = judge(next(c for c in CLAIMS if c.id == "joint-rate"), rows)
    assert each.verdict == NOT_MEASURED and "none is marked as chosen" in each.why


def test_the_tables_behind_a_figure_are_named(folder):
    found = sources(("joint", "original"), folder)
    assert [each.table for each in found] == ["joint.parquet", "original.parquet"]
    assert found[0].command == "the command" and found[0].checkpoints == {"base": "f"}


def judged(id: str, *parts: pd.DataFrame) -> Finding:
    rows = pd.concat(parts, ignore_index=True).assign(shipped=True)
    return judge(next(claim for claim in CLAIMS if claim.id == id), rows)


def test_half_the_bytes_of_jpeg_are_minus_fifty_per_cent():
    where = {"data": "photographs", "labelled": False}
    found = judged(
        "ours-photographs-jpeg",
        made_up_rows("baseline", **where),
        made_up_rows("jpeg", scale=2.0, **where),
    )
    assert found.measured.value == pytest.approx(-50, abs=0.5)
    assert found.verdict == EXCEEDED


def test_curves_that_share_neither_quality_nor_rate_are_no_figure():
    baseline = made_up_rows("baseline")
    webp = made_up_rows("webp", scale=1000.0)
    webp["psnr"] += 30
    found = judged("ours-faces-webp", baseline, webp)
    assert found.verdict == NOT_MEASURED
    assert "no common quality" in found.why and "Over" not in found.why


def test_an_accuracy_that_no_rate_keeps_is_no_figure(found):
    assert found["ours-bytes"].verdict == NOT_MEASURED
    assert "No measured rate of joint keeps 95%" in found["ours-bytes"].why


def test_a_codec_that_is_read_like_the_control_has_no_share():
    joint = made_up_rows("joint", gamma=0.5)
    control = made_up_rows("control")
    found = judged("ours-share", joint, control)
    assert found.measured.value == 0 and found.verdict == NOT_REPRODUCED
    assert "exact p = 1" in found.why


def drift_document(folder, baseline, webp):
    bits = dict.fromkeys(("jpeg", "avif", "h264", "hevc", "av1"), 9000.0)
    bits |= {"baseline": baseline, "webp": webp, "av1": 800.0}
    headline = [{"name": name, "bits_per_face": each} for name, each in bits.items()]
    (folder / "gallery").mkdir(exist_ok=True)
    made = {"version": "1", "command": "c", "clips": [], "weights": {"base": "f"}}
    (folder / "gallery" / "drift.json").write_text(json.dumps(made | {"headline": headline}))


def test_the_bits_that_keep_the_units_come_from_the_shipped_document(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(tmp_path))
    missing = judged("ours-units", made_up_rows("baseline"))
    assert missing.verdict == NOT_MEASURED and "core.bridge drift" in missing.why
    drift_document(tmp_path, 2000.0, 4000.0)
    found = judged("ours-units", made_up_rows("baseline"))
    assert found.verdict == REPRODUCED and found.measured.value == pytest.approx(-50)
    assert "no interval" in found.why and "as a film 800 (AV1)" in found.why and not found.interval
    assert found.measured.sources[0].checkpoints == {"base": "f"}
    drift_document(tmp_path, 5000.0, 4000.0)
    assert judged("ours-units", made_up_rows("baseline")).verdict == NOT_REPRODUCED
    drift_document(tmp_path, None, 4000.0)
    assert judged("ours-units", made_up_rows("baseline")).verdict == NOT_MEASURED


def test_what_we_say_of_ourselves_stands_in_the_readme():
    readme = " ".join((ROOT / "README.md").read_text().split())
    ours = [claim.quote for claim in CLAIMS if claim.source == OURS]
    assert len(ours) == 6 and [quote for quote in ours if quote not in readme] == []


def test_quotes_and_figures_are_theirs_alone():
    assert all(claim.theirs and claim.quote and claim.source for claim in CLAIMS)
    assert CLAIMS[0].bounds == (0.71, 0.71)
