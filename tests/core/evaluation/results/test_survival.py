"""Whether a gain survives a stranger: told from readings whose truth is known by construction."""

import shutil

import numpy as np
import pandas as pd
import pytest

from core.errors import InputError
from core.evaluation.claims.claim import MET, NOT_MEASURED, NOT_YET, judge_claim
from core.evaluation.claims.claim_list import CLAIMS
from core.evaluation.measuring.readings import READINGS, ReadingsCard, write_readings
from core.evaluation.measuring.table import Provenance, write_results
from core.evaluation.results.estimates import Estimates
from core.evaluation.results.survival import as_frame, strangers_survivals, survivals
from tests.core.evaluation.made_up import made_up_rows
from tests.paths import ROOT

CARD = ReadingsCard("v", "here", {}, {"fer": "a", "face-api": "b"}, {})
JOINT = {"scale": 0.5, "gamma": 0.5, "images": 200}


def stranger(rows: pd.DataFrame, name: str, blind: bool = False) -> pd.DataFrame:
    """The table's own readings as a stranger's; a blind one sees each joint face one quality worse."""
    said = rows.assign(reader=name, p_true=0.5)
    if not blind:
        return said[READINGS.names]
    worse = said.groupby("image")["prediction"].shift(1)
    return said.assign(prediction=worse.fillna("fear"))[READINGS.names]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Joint files are half as large for everybody but face-api, who sees no gain in them."""
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(tmp_path / "checkpoints"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    shutil.copytree(ROOT / "checkpoints" / "strangers", tmp_path / "checkpoints" / "strangers")
    results = tmp_path / "results"
    base, joint = made_up_rows("baseline", images=200), made_up_rows("joint", **JOINT)
    for name, rows in (("baseline", base), ("joint", joint)):
        write_results(rows, name, Provenance("v", 0, {}, {}, ""), results)
        said = [
            stranger(rows, "fer"),
            stranger(rows, "face-api", blind=name == "joint"),
        ]
        write_readings(pd.concat(said), name, CARD, results)
    return results


def claim(id: str):
    return next(each for each in CLAIMS if each.id == id)


def test_each_classifier_tells_its_own_gain(folder):
    own = survivals(Estimates(folder), None)
    assert [each.method for each in own] == ["joint"] and own[0].gamma == 0.5
    assert own[0].rate.value == pytest.approx(-50, abs=3) and own[0].faces == 200
    by_stranger = strangers_survivals(Estimates(folder))
    assert by_stranger["fer"][0].rate.value == pytest.approx(own[0].rate.value)
    assert abs(by_stranger["face-api"][0].rate.value) < 5
    frame = as_frame(by_stranger["fer"])
    assert frame["classifier"].tolist() == ["fer"] and np.isfinite(frame["low"]).all()


def test_the_stranger_who_sees_least_judges_the_claim(folder):
    finding = judge_claim(claim("ours-stranger"), Estimates(folder))
    assert finding.verdict == NOT_YET and "face-api" in finding.why and "200 faces" in finding.why
    for path in (folder / "readers").glob("joint.*"):
        path.unlink()
    rows = made_up_rows("joint", **JOINT)
    write_readings(stranger(rows, "fer"), "joint", CARD, folder)
    assert judge_claim(claim("ours-stranger"), Estimates(folder)).verdict == MET


def test_without_a_stranger_or_a_baseline_nothing_is_claimed(folder):
    assert judge_claim(claim("ours-aimed-stranger"), Estimates(folder)).verdict == NOT_MEASURED
    for path in (folder / "readers").glob("baseline.*"):
        path.unlink()
    with pytest.raises(InputError, match="baseline was not read by 'fer'"):
        survivals(Estimates(folder), "fer")
    assert strangers_survivals(Estimates(folder)) == {}


def test_pictures_without_labels_stay_as_they_are(folder):
    rows = made_up_rows("baseline", data="photographs", labelled=False)
    write_results(rows, "photographs", Provenance("v", 0, {}, {}, ""), folder)
    seen = Estimates(folder).read_by("fer")
    assert len(seen.points("photographs", "psnr")) == 5
    assert (seen.shown("fer2013")["classifier"] == "fer").all()
    assert isinstance(seen.rows["prediction"].dtype, pd.CategoricalDtype)


def test_changed_readings_are_computed_anew(folder):
    before = survivals(Estimates(folder), "fer")[0].rate.value
    rows = made_up_rows("joint", **JOINT)
    write_readings(stranger(rows, "fer", blind=True), "joint", CARD, folder)
    assert survivals(Estimates(folder), "fer")[0].rate.value > before + 20
