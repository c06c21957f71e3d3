"""Composites of our own estimates sum validated units alone; those that collapse are not offered."""

from dataclasses import replace

import pytest

from core import checkpoints
from core.cohort import compare, synthesize
from core.cohort.composites import offered
from core.cohort.tables.dialects import OWN, recognise
from core.cohort.tables.schema import FileReport, ImportReport
from core.errors import InputError
from core.facs import COMPOSITES, UNITS


@pytest.fixture(scope="module")
def cohort():
    return synthesize(12, 1.0, 0, seconds=4, fps=10)


def measured_by_us(cohort, monkeypatch, *validated):
    """The cohort as if our own estimators had measured it, with these units validated."""
    monkeypatch.setattr(checkpoints, "validated_units", lambda: {u: u in validated for u in UNITS})
    name = str(cohort.frames["file"].iloc[0])
    file = FileReport(name, "", OWN, "intensity", cohort.units, 1, 10.0, 1.0, 1.0, ())
    return replace(cohort, report=ImportReport((file,)))


def test_other_programs_composites_are_offered_whole(cohort):
    offer = offered(cohort)
    assert set(offer.formulas) == set(COMPOSITES) and not offer.withheld and not offer.sentence


def test_ours_are_offered_without_what_is_not_validated(cohort, monkeypatch):
    ours = measured_by_us(cohort, monkeypatch, "AU01", "AU02", "AU12", "AU20", "AU26")
    offer = offered(ours)
    assert set(offer.formulas) == {"surprise", "fear"}
    assert offer.formulas["surprise"] == {"AU01": 1.0, "AU02": 1.0, "AU26": 1.0}
    assert "happiness is AU12 alone" in offer.sentence


def test_an_analysis_leaves_them_out_and_says_why(cohort, monkeypatch):
    ours = measured_by_us(cohort, monkeypatch, "AU01", "AU02", "AU12", "AU26")
    analysis = compare(ours, structure=False)
    assert analysis.cohort.composites == ()
    assert "happiness is AU12 alone" in analysis.refused["composites"]
    with pytest.raises(InputError, match=r"happiness = AU06 \+ AU12"):
        compare(ours, structure=False, composites=("happiness",))
    formulas = {"happiness": {"AU06": 1.0, "AU12": 1.0}}
    own = compare(ours, structure=False, composites=("happiness",), formulas=formulas)
    assert own.cohort.formulas["happiness"] == formulas["happiness"]


def test_our_tables_are_known_in_openfaces_form_too():
    ours = recognise(["frame", "timestamp", "AU01_r", "face_width", "sharpness", "track"])
    assert ours.name == OWN and ours.width == ("face_width",) and ours.first_frame == 1
    assert recognise(["time", "AU01", "AU12"]).name != OWN, "rendered faces, whose units are known"
    assert recognise(["frame", "face_id", "timestamp", "AU01_r"]).name == "OpenFace 2"
