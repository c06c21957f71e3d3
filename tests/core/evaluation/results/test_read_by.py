"""Curves and BD figures by any classifier."""

import numpy as np
import pandas as pd
import pytest

from core.errors import InputError
from core.evaluation.__main__ import main
from core.evaluation.measuring.readings import READINGS, ReadingsCard, write_readings
from core.evaluation.measuring.table import Provenance, read_results, write_results
from core.evaluation.results.read_by import available_classifiers, read_by, unread
from tests.core.evaluation.made_up import made_up_rows

CARD = ReadingsCard("v", "here", {}, {"stranger": "a"}, {})


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Two methods; the stranger reads the dearer one as well as the table's classifier, the other never."""
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(tmp_path / "checkpoints"))
    (tmp_path / "checkpoints").mkdir()
    for method, scale in (("baseline", 1.0), ("jpeg", 2.0)):
        rows = made_up_rows(method, scale=scale)
        write_results(rows, method, Provenance("v", 0, {}, {}, ""), tmp_path / "results")
        kept = rows["prediction"] if method == "jpeg" else "fear"
        said = rows.assign(reader="stranger", prediction=kept, p_true=0.5)
        write_readings(said[READINGS.names], method, CARD, tmp_path / "results")
    return tmp_path / "results"


def test_a_stranger_has_curves_of_its_own(folder):
    rows = read_results(folder)
    found = read_by(rows, "stranger", folder)
    assert len(found) == len(rows)
    jpeg = found[found["method"] == "jpeg"]
    own = rows[rows["method"] == "jpeg"]
    assert (jpeg["prediction"].astype(str).to_numpy() == own["prediction"].astype(str)).all()
    assert (found[found["method"] == "baseline"]["prediction"] == "fear").all()
    assert available_classifiers(rows, folder) == ["base", "stranger"]


def test_curves_are_of_the_faces_that_were_read_in_every_method(folder):
    rows = made_up_rows("webp", images=20)
    write_results(rows, "webp", Provenance("v", 0, {}, {}, ""), folder)
    said = rows.assign(reader="stranger", p_true=0.5)[READINGS.names]
    write_readings(said, "webp", CARD, folder)
    found = read_by(read_results(folder), "stranger", folder)
    assert found.groupby("method", observed=True)["image"].nunique().to_dict() == {
        "baseline": 20, "jpeg": 20, "webp": 20,
    }  # fmt: skip
    elsewhere = said.assign(image="other_" + said["image"].astype(str))
    write_results(
        rows.assign(image=elsewhere["image"]), "webp", Provenance("v", 0, {}, {}, ""), folder
    )
    (folder / "readers" / "webp.parquet").unlink()
    write_readings(elsewhere, "webp", CARD, folder)
    found = read_by(read_results(folder), "stranger", folder)
    assert found["image"].nunique() == 80  # no face is in every method: all stay


def test_our_own_classifier_leaves_the_rows_as_they_are(folder):
    rows = read_results(folder)
    found = read_by(rows, "base", folder)
    pd.testing.assert_series_equal(found["prediction"], rows["prediction"], check_categorical=False)
    assert np.allclose(found["bpp"], rows["bpp"])


def test_somebody_who_read_nothing_is_refused_with_who_did(folder):
    with pytest.raises(InputError, match="read by base, stranger"):
        read_by(read_results(folder), "nobody", folder)


def test_trainings_that_a_classifier_never_read_are_named_once_whoever_read_them(folder):
    for seed, classifier in ((0, "tuned-a"), (1, "tuned-b")):
        rows = made_up_rows("joint", gamma=0.5, seed=seed).assign(classifier=classifier)
        write_results(rows, f"joint-{seed}", Provenance("v", 0, {}, {}, ""), folder)
        if seed == 0:
            said = rows.assign(reader="stranger", p_true=0.5)
            write_readings(said[READINGS.names], "joint-0", CARD, folder)
    again = made_up_rows("jpeg", scale=2.0).assign(classifier="jpeg-tuned")
    write_results(again, "jpeg-jpeg-tuned", Provenance("v", 0, {}, {}, ""), folder)
    rows = read_results(folder)
    assert unread(rows, read_by(rows, "stranger", folder)) == [("joint", 0.5, 1)]
    assert unread(rows, rows) == []


def test_bd_compares_as_a_classifier_reads(folder, capsys):
    call = ["bd", "--reference", "jpeg", "--method", "baseline", "--results", str(folder)]
    assert main([*call, "--resamples", "5"]) == 0
    ours = capsys.readouterr().out
    assert main([*call, "--resamples", "5", "--classifier", "stranger"]) == 0
    assert capsys.readouterr().out != ours
    assert main([*call, "--classifier", "nobody"]) == 2
