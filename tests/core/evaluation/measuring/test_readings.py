"""Other classifiers on the files behind a table: the same pictures, resumed, joined to its rows."""

import json

import numpy as np
import pandas as pd
import pytest

from core.errors import InputError
from core.evaluation.__main__ import main
from core.evaluation.measuring import rereading
from core.evaluation.measuring.cases import Case
from core.evaluation.measuring.pictures import Pictures
from core.evaluation.measuring.readings import (
    READINGS,
    ReadingsCard,
    as_rows,
    read_readings,
    write_readings,
)
from core.evaluation.measuring.table import Provenance, read_results, write_results
from core.evaluation.results.curves import points
from core.expressions import EXPRESSIONS
from core.recognition import Classifier
from tests.core.evaluation.made_up import made_up_rows

CARD = ReadingsCard("v", "command", {}, {"stranger": "a"}, {})


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPRESSRATE_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(tmp_path / "checkpoints"))
    (tmp_path / "checkpoints").mkdir()


class Counting:
    """Calls a face angry below a brightness, and counts what it saw."""

    def __init__(self):
        self.seen = 0

    def __call__(self, faces):
        self.seen += len(faces)
        found = np.full((len(faces), 7), 0.05, np.float32)
        dark = faces.mean(axis=(1, 2, 3)) < 128
        found[np.arange(len(faces)), np.where(dark, 0, 3)] = 0.7
        return found


def pictures(count=6) -> Pictures:
    rng = np.random.default_rng(0)
    grey = tuple(
        np.full((64, 64), 40 + 30 * i, np.uint8) + rng.integers(0, 9, (64, 64), dtype=np.uint8)
        for i in range(count)
    )
    names = tuple(f"{i}.png" for i in range(count))
    labels = tuple(EXPRESSIONS[i % 7] for i in range(count))
    return Pictures("fer2013", "test", names, names, labels, grey)


def classifier(counting=None) -> Classifier:
    return Classifier("stranger", "A stranger", "stranger", "a", counting or Counting())


def jpeg_rows(given: Pictures) -> pd.DataFrame:
    """The table of JPEG as measured by our own classifier, which calls everything neutral."""
    from core.evaluation.measuring.coding import classic

    parts = []
    for coded in classic("jpeg", given, settings=(4, 30, 82)):
        parts.append(
            made_up_rows("jpeg", images=len(given), quality_indices=2)
            .query("quality_index == 0")
            .assign(
                image=list(given.names),
                label=list(given.labels),
                quality_index=coded.quality_index,
                file_bytes=coded.file_bytes,
                bpp=8 * coded.file_bytes / 4096,
                seed=pd.array([None] * len(given), dtype="Int16"),
                prediction="neutral",
            )
        )
    return pd.concat(parts, ignore_index=True)


def test_a_classifier_sees_the_files_of_the_table_and_its_answers_make_a_curve(tmp_path):
    given = pictures()
    write_results(jpeg_rows(given), "jpeg", Provenance("v", 0, {}, {}, ""), tmp_path / "results")
    rows = read_results(tmp_path / "results")
    found = rereading.reread(Case("jpeg", "jpeg", "base"), rows, given, [classifier()])
    assert found.other_bytes == 0 and found.pictures == 3 * len(given)
    rereading.write(
        Case("jpeg", "jpeg", "base"), [found], [classifier()], folder=tmp_path / "results"
    )
    read = as_rows(rows, read_readings(tmp_path / "results"), "stranger")
    assert len(read) == len(rows) and set(read["classifier"].astype(str)) == {"stranger"}
    dark = [picture.mean() < 128 for picture in given.judged]
    expected = {n: "angry" if d else "happy" for n, d in zip(given.names, dark, strict=True)}
    assert (read["prediction"].astype(str) == read["image"].astype(str).map(expected)).all()
    curve = points(read)
    right = np.mean([expected[n] == x for n, x in zip(given.names, given.labels, strict=True)])
    assert len(curve) == 3 and np.allclose(curve["quality"], right)


def test_files_of_other_sizes_than_the_table_says_are_counted(tmp_path, capsys):
    given = pictures()
    rows = jpeg_rows(given).assign(file_bytes=lambda rows: rows["file_bytes"] + 1)
    found = rereading.reread(Case("jpeg", "jpeg", "base"), rows, given, [classifier()])
    assert found.other_bytes == len(rows)
    assert "other sizes than the table says" in capsys.readouterr().err


def test_what_was_read_is_not_read_again():
    given, counting = pictures(), Counting()
    rows = jpeg_rows(given)
    case = Case("jpeg", "jpeg", "base")
    first = rereading.reread(case, rows, given, [classifier(counting)])
    seen = counting.seen
    second = rereading.reread(case, rows, given, [classifier(counting)])
    assert seen == 3 * len(given) and counting.seen == seen
    pd.testing.assert_frame_equal(first.rows, second.rows)
    fewer = rereading.reread(case, rows, given, [classifier()], points=2)
    assert sorted(fewer.rows["quality_index"].unique()) == [4, 82]


def some_readings(classifier: str, prediction: str, images=("a", "b")) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "data": "fer2013",
            "split": "test",
            "image": list(images),
            "method": "jpeg",
            "gamma": np.nan,
            "seed": pd.array([None] * len(images), dtype="Int16"),
            "quality_index": 4.0,
            "reader": classifier,
            "prediction": prediction,
            "p_true": 0.5,
        }
    )[READINGS.names]


def test_later_readings_join_earlier_ones_and_replace_their_own(tmp_path):
    write_readings(some_readings("stranger", "happy"), "jpeg", CARD, tmp_path)
    more = ReadingsCard("v", "command", {}, {"other": "b"}, {})
    write_readings(some_readings("other", "sad"), "jpeg", more, tmp_path)
    write_readings(some_readings("stranger", "fear", ("b", "c")), "jpeg", CARD, tmp_path)
    rows = read_readings(tmp_path)
    said = {(r.reader, r.image): r.prediction for r in rows.itertuples()}
    assert said == {
        ("stranger", "a"): "happy",
        ("stranger", "b"): "fear",
        ("stranger", "c"): "fear",
        ("other", "a"): "sad",
        ("other", "b"): "sad",
    }
    card = json.loads((tmp_path / "readers" / "jpeg.json").read_text())
    assert card["readers"] == {"stranger": "a", "other": "b"}
    assert card["faces"] == {"fer2013/test": 3}


def test_readings_of_a_classifier_with_other_weights_are_replaced(tmp_path):
    write_readings(some_readings("stranger", "happy"), "jpeg", CARD, tmp_path)
    other = ReadingsCard("v", "command", {}, {"stranger": "new"}, {})
    write_readings(some_readings("stranger", "fear", ("c",)), "jpeg", other, tmp_path)
    assert list(read_readings(tmp_path)["image"]) == ["c"]


def test_readings_of_weights_that_are_not_here_are_passed_over(tmp_path):
    gone = ReadingsCard("v", "command", {"baseline": "gone"}, {"stranger": "a"}, {})
    write_readings(some_readings("stranger", "happy"), "baseline", gone, tmp_path)
    assert read_readings(tmp_path).empty


def test_rows_that_the_classifier_read_for_the_table_come_from_the_table():
    rows = made_up_rows("baseline", images=5, quality_indices=2)
    rows["gamma"] = np.nan
    found = as_rows(rows, some_readings("base", "sad")[:0], "base")
    assert len(found) == len(rows)
    assert as_rows(rows, some_readings("stranger", "sad")[:0], "stranger").empty


def test_a_classifier_that_is_not_known_is_refused(capsys):
    assert main(["read", "nobody", "--json", "-"]) == 2
    assert "no classifier 'nobody'" in capsys.readouterr().err


def test_a_damaged_table_of_readings_is_named(tmp_path):
    path = write_readings(some_readings("stranger", "happy"), "jpeg", CARD, tmp_path)
    path.write_bytes(b"x")
    with pytest.raises(InputError, match="not a readable table of readings"):
        read_readings(tmp_path)
