"""Theirs beside ours: verdicts follow the intervals, and nothing of ours comes from nowhere."""

import json

import numpy as np
import pandas as pd
import pytest

from core.evaluation.claims.claim import (
    MET,
    NOT_MEASURED,
    NOT_REPRODUCED,
    NOT_TESTABLE,
    NOT_YET,
    OTHER_REASON,
    REPRODUCED,
    VERDICTS,
    Claim,
    Finding,
    Measured,
    judge_claim,
    sources,
    tally,
)
from core.evaluation.claims.claim_list import CLAIMS, COMPRESSION, OURS, findings
from core.evaluation.measuring.table import Provenance, read_results, write_results
from core.evaluation.results.estimates import Estimates
from core.intervals import Interval
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
    return {each.claim.id: each for each in findings(Estimates(folder))}


def test_every_claim_has_a_verdict_and_a_reason(found):
    assert set(found) == {claim.id for claim in CLAIMS}
    for each in found.values():
        assert each.why
        assert (each.measured is None) == (each.verdict in (NOT_TESTABLE, NOT_MEASURED))


def test_without_a_table_nothing_of_ours_is_said():
    rows = pd.concat([made_up_rows("baseline")]).iloc[:0].assign(shipped=True)
    for each in findings(Estimates.of(rows)):
        if each.claim.id in (
            "ours-units",
            "ours-recordings",
        ):  # of documents that ship, not of tables
            continue
        assert each.verdict in (NOT_TESTABLE, NOT_MEASURED)
        assert each.ours == "" and each.interval == ""


def test_a_tenth_of_the_bytes_at_equal_accuracy_is_minus_ninety_per_cent(found):
    rate = found["joint-rate"]
    assert rate.measured.figure.value == pytest.approx(-90, abs=0.5)
    assert rate.verdict == REPRODUCED
    assert set(rate.measured.rows["method"]) == {"baseline", "joint"}


def test_what_the_control_reaches_by_itself_is_told(folder):
    rows = read_results(folder)
    control = [made_up_rows("control", scale=0.5), made_up_rows("control", split="val", scale=0.5)]
    with_control = pd.concat([rows, *(part.assign(shipped=True) for part in control)])
    claim = next(claim for claim in CLAIMS if claim.id == "joint-rate")
    judged = judge_claim(claim, Estimates.of(with_control))
    assert "reaches −50.0% by itself" in judged.why and judged.verdict == REPRODUCED
    assert "by itself" not in judge_claim(claim, Estimates.of(rows)).why


def test_a_figure_that_the_control_reaches_too_is_not_reproduced_for_its_reason(folder):
    rows = read_results(folder)
    control = [made_up_rows("control", scale=0.1), made_up_rows("control", split="val", scale=0.1)]
    with_control = pd.concat([rows, *(part.assign(shipped=True) for part in control)])
    claim = next(claim for claim in CLAIMS if claim.id == "joint-rate")
    assert judge_claim(claim, Estimates.of(with_control)).verdict == OTHER_REASON


def test_what_was_not_measured_says_what_is_missing(found):
    assert found["codec-rate"].verdict == NOT_MEASURED
    assert "no test rows of codec" in found["codec-rate"].why


def test_the_classifier_is_judged_by_its_interval(found):
    classifier = found["classifier"]
    share = classifier.measured.figure
    assert share.low < share.value < share.high and share.n == 60
    assert classifier.verdict == (REPRODUCED if share.high >= 72.97 else NOT_REPRODUCED)


def test_the_low_rate_is_chosen_on_validation_and_told(found):
    low = found["joint-low-rate"]
    assert "on validation" in low.why and "Paired over 60 faces" in low.why
    assert low.measured.figure.value < 0 and low.verdict == NOT_REPRODUCED


def a_claim(figure, origin=COMPRESSION, control=None, **more):
    measured = Measured(figure, pd.DataFrame(), control=control)
    return Claim(
        id="x", origin=origin, where="w", quote="q", theirs="4", unit="points", at_least=4.0,
        measure=lambda estimates: measured, **more,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("sign", "ends", "beyond", "reached"),
    [
        (1, (5, 6), False, True),
        (1, (3, 4.5), False, True),
        (1, (1, 3), False, False),
        (-1, (1, 3), False, True),
        (-1, (3, 5), False, True),
        (-1, (5, 6), False, False),
        (1, (3, 6), True, False),
        (1, (5, 6), True, True),
        (-1, (1, 3), True, True),
    ],
)
def test_a_verdict_follows_the_whole_interval(sign, ends, beyond, reached):
    figure = Interval(float(np.mean(ends)), *map(float, ends))
    for origin, verdicts in ((COMPRESSION, (NOT_REPRODUCED, REPRODUCED)), (OURS, (NOT_YET, MET))):
        claim = a_claim(figure, origin, sign=sign, beyond_chance=beyond)
        assert judge_claim(claim, None).verdict == verdicts[reached]


def test_a_control_counts_only_where_the_figure_is_reached():
    short, far = Interval(1.0, 0.5, 2.0), Interval(5.0, 4.5, 6.0)
    assert judge_claim(a_claim(far, control=far), None).verdict == OTHER_REASON
    assert judge_claim(a_claim(far, control=short), None).verdict == REPRODUCED
    assert judge_claim(a_claim(short, control=far), None).verdict == NOT_REPRODUCED
    assert judge_claim(a_claim(far, OURS, control=far), None).verdict == MET


@pytest.mark.parametrize(
    ("figure", "ours", "interval"),
    [
        (Interval(-39.674, -43.14, -35.71), "−39.7%", "−43.1"),
        (Interval(-8.4, -60.0, 30.0), "−8%", "−60"),
        (Interval(0.123, 0.101, 0.145), "+0.12%", "+0.10"),
        (Interval(-50.0), "−50.0%", ""),
    ],
)
def test_a_figure_has_the_digits_that_its_interval_bears(figure, ours, interval):
    claim = Claim(id="x", origin=OURS, where="", quote="", theirs="", unit="% rate")
    found = Finding(claim, MET, "", Measured(figure, pd.DataFrame()))
    assert found.ours == ours and found.interval.split(" to ")[0] == interval


def test_a_tally_counts_every_claim_once_in_one_order(found):
    counts = tally(list(found.values()))
    assert sum(counts.values()) == len(CLAIMS)
    assert list(counts) == [verdict for verdict in VERDICTS if verdict in counts]


def test_several_gammas_without_a_choice_are_no_figure(folder):
    rows = read_results(folder)
    joint = rows[rows["method"] == "joint"]
    rows = pd.concat([rows, joint.assign(gamma=1.0)], ignore_index=True)
    each = judge_claim(next(c for c in CLAIMS if c.id == "joint-rate"), Estimates.of(rows))
    assert each.verdict == NOT_MEASURED and "none is marked as chosen" in each.why


def test_the_tables_behind_a_figure_are_named(folder):
    found = sources(("joint", "original"), folder)
    assert [each.table for each in found] == ["joint.parquet", "original.parquet"]
    assert found[0].command == "the command" and found[0].checkpoints == {"base": "f"}


def judged(id: str, *parts: pd.DataFrame) -> Finding:
    rows = pd.concat(parts, ignore_index=True).assign(shipped=True)
    return judge_claim(next(claim for claim in CLAIMS if claim.id == id), Estimates.of(rows))


def test_half_the_bytes_of_jpeg_are_minus_fifty_per_cent():
    where = {"data": "photographs", "labelled": False}
    found = judged(
        "ours-photographs-jpeg",
        made_up_rows("baseline", **where),
        made_up_rows("jpeg", scale=2.0, **where),
    )
    assert found.measured.figure.value == pytest.approx(-50, abs=0.5)
    assert found.verdict == MET


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
    assert found.measured.figure.value == 0 and found.verdict == NOT_YET
    assert "exact test p = 1 over" in found.why


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
    assert found.verdict == MET and found.measured.figure.value == pytest.approx(-50)
    assert "no interval" in found.why and "as a film 800 (AV1)" in found.why and not found.interval
    assert found.measured.sources[0].checkpoints == {"base": "f"}
    drift_document(tmp_path, 5000.0, 4000.0)
    assert judged("ours-units", made_up_rows("baseline")).verdict == NOT_YET
    drift_document(tmp_path, None, 4000.0)
    assert judged("ours-units", made_up_rows("baseline")).verdict == NOT_MEASURED


def test_what_we_say_of_ourselves_stands_in_the_readme():
    readme = " ".join((ROOT / "README.md").read_text().split())
    ours = [claim.quote for claim in CLAIMS if claim.origin == OURS]
    assert len(ours) == 10 and [quote for quote in ours if quote not in readme] == []


def test_quotes_and_figures_are_theirs_alone():
    assert all(claim.theirs and claim.quote and claim.where for claim in CLAIMS)
    assert CLAIMS[0].at_least == 0.71 and len({claim.id for claim in CLAIMS}) == len(CLAIMS)
    assert all(origin.title for origin in {claim.origin for claim in CLAIMS})


def test_the_whole_way_needs_a_codec_that_never_saw_a_face(folder):
    rows = read_results(folder)
    more = [made_up_rows("control", scale=0.5), made_up_rows("generic", scale=2.0)]
    claim = next(claim for claim in CLAIMS if claim.id == "whole-way")
    rows = pd.concat([rows, more[0].assign(shipped=True)])
    without = judge_claim(claim, Estimates.of(rows))
    assert without.verdict == NOT_MEASURED and "never saw a face" in without.why
    whole = judge_claim(claim, Estimates.of(pd.concat([rows, more[1].assign(shipped=True)])))
    assert whole.measured.figure.value == pytest.approx(-95, abs=0.1)
    assert whole.verdict == REPRODUCED and len(whole.measured.rows) == 3
