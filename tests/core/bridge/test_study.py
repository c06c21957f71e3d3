"""A study's document: read, refused, and from how many bits on it says the same."""

import json

import numpy as np
import pandas as pd
import pytest

from core.bridge.conclusion import COLUMNS
from core.bridge.study import least_rates, read_study, shipped_study
from core.errors import InputError


def row(name, bits, unit, verdict, original_p=0.01):
    made = dict.fromkeys(COLUMNS, 0.5) | {
        "name": name, "method": name, "gamma": None, "setting": bits, "bits_per_face": bits,
        "bits_per_second": 25 * bits, "unit": unit, "verdict": verdict,
        "original_p_adjusted": original_p,
    }  # fmt: skip
    return made


ROWS = [
    row("jpeg", bits, unit, verdict, p)
    for bits, smile, brow in ((100, "lost", "none"), (200, "kept", "none"), (300, "kept", "none"))
    for unit, verdict, p in (("AU12", smile, 0.01), ("AU01", brow, 0.6))
] + [
    row("webp", bits, unit, verdict, p)
    for bits in (100, 200)
    for unit, verdict, p in (("AU12", "kept", 0.01), ("AU01", "invented", 0.6))
]


def document(**changed) -> bytes:
    made = {
        "version": "1", "command": "python -m core.bridge drift", "weights": {"nobody": "0"},
        "clips": [{"file": "a.mp4", "sha256": "0"}], "conclusion": ROWS,
    }  # fmt: skip
    return json.dumps(made | changed).encode()


def test_the_lowest_rate_is_the_last_before_something_changes():
    rates = least_rates(pd.DataFrame(ROWS), ("AU12", "AU01")).set_index("name")
    assert rates.loc["jpeg", "bits_per_face"] == 200
    assert rates.loc["jpeg", "why"] == "AU12 is lost"
    assert np.isnan(rates.loc["webp", "bits_per_face"])
    assert rates.loc["webp", "why"] == "AU01 is invented"


def test_only_the_units_that_are_asked_for_count():
    rates = least_rates(pd.DataFrame(ROWS), ("AU12",)).set_index("name")
    assert rates.loc["webp", "bits_per_face"] == 100
    assert rates.loc["webp", "why"] == "its lowest rate still says the same"


def test_many_changes_are_counted():
    units = ("AU01", "AU02", "AU04", "AU05")
    rows = pd.DataFrame([row("jpeg", 100, unit, "unknown") for unit in units])
    assert least_rates(rows, units)["why"].item() == "4 units can no longer be compared"
    assert least_rates(rows, units[:2])["why"].item() == "AU01, AU02 can no longer be compared"


def test_a_document_tells_what_was_found_and_whether_its_weights_are_these():
    study = read_study(document(), "mine.json")
    assert study.different_units == ("AU12",)
    assert study.stale == ("nobody",) and study.clips == 1


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xff\xfe", "is not what"),
        (b"[]", "is not what"),
        (b'{"conclusion": []}', "is not what"),
        (document(conclusion=None), "with --labels"),
        (document(conclusion=[]), "no complete row"),
        (document(conclusion=[{"unit": "AU12"}]), "no complete row"),
        (document(conclusion=[row("jpeg", "many", "AU12", "kept")]), "is not what"),
        (document(conclusion="AU12"), "is not what"),
        (document(clips=3), "is not what"),
    ],
)
def test_what_is_no_study_is_refused_by_name(content, told):
    with pytest.raises(InputError, match=told) as error:
        read_study(content, "mine.json")
    assert str(error.value).startswith("mine.json")


def test_without_a_shipped_study_the_commands_are_told(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(tmp_path))
    with pytest.raises(InputError, match="There is no study"):
        shipped_study()
