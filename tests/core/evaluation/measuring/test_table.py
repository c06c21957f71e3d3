"""The table keeps what was written, and refuses what is not one."""

import json

import numpy as np
import pandas as pd
import pytest

from core.errors import InputError
from core.evaluation.measuring.table import (
    SCHEMA,
    Provenance,
    correct,
    labelled_by,
    read_results,
    write_results,
)
from tests.core.evaluation.made_up import made_up_rows

MADE = Provenance(
    "0.1.0", 0, {"fer2013": "abc"}, {"base": "f" * 64}, "python -m core.evaluation run"
)


def test_rows_survive_the_round_trip(tmp_path):
    rows = pd.concat(
        [made_up_rows("original"), made_up_rows("baseline"), made_up_rows("joint", gamma=0.1)]
    )
    write_results(rows, "learned", MADE, tmp_path)
    write_results(made_up_rows("jpeg", per_sheet=16), "jpeg", MADE, tmp_path)
    read = read_results(tmp_path)
    assert list(read.columns) == [*SCHEMA.names, "shipped"]
    expected = pd.concat([made_up_rows("jpeg", per_sheet=16), rows], ignore_index=True)
    for column in SCHEMA.names:
        values = expected[column]
        if pd.api.types.is_float_dtype(values):
            np.testing.assert_allclose(read[column], values, rtol=1e-4, atol=1e-3)
        else:
            assert (
                read[column].astype(object).fillna("-") == values.astype(object).fillna("-")
            ).all()


def test_label_and_prediction_share_categories_in_the_order_of_the_classifier(tmp_path):
    write_results(made_up_rows(images=14), "learned", MADE, tmp_path)
    read = read_results(tmp_path)
    assert list(read["label"].cat.categories)[:2] == ["angry", "disgust"]
    assert read["label"].dtype == read["prediction"].dtype


def test_rows_without_a_label_are_neither_right_nor_wrong(tmp_path):
    write_results(made_up_rows(labelled=False), "learned", MADE, tmp_path)
    read = read_results(tmp_path)
    assert read["label"].isna().all() and read["prediction"].notna().all()
    assert correct(read).isna().all()


def test_rows_of_weights_that_are_not_shipped_are_marked(tmp_path):
    write_results(made_up_rows(), "learned", MADE, tmp_path)
    again = Provenance("0.1.0", 0, {}, {}, "", shipped=False)
    write_results(made_up_rows("joint", gamma=0.1, seed=1), "joint-seed-1", again, tmp_path)
    read = read_results(tmp_path)
    assert not read[read["method"] == "joint"]["shipped"].any()
    assert read[read["method"] == "baseline"]["shipped"].all()


def test_no_tables_make_an_empty_frame_with_all_columns(tmp_path):
    read = read_results(tmp_path)
    assert read.empty and list(read.columns) == [*SCHEMA.names, "shipped"]


def test_a_missing_column_is_the_callers_mistake(tmp_path):
    with pytest.raises(ValueError, match="psnr"):
        write_results(made_up_rows().drop(columns="psnr"), "learned", MADE, tmp_path)
    assert not list(tmp_path.glob("*.parquet"))


def test_damaged_tables_and_sidecars_are_refused(tmp_path):
    path = write_results(made_up_rows(), "learned", MADE, tmp_path)
    sidecar = path.with_suffix(".json")
    text = sidecar.read_text()
    sidecar.write_text(json.dumps({"version": "0"}))
    with pytest.raises(InputError, match="sidecar"):
        read_results(tmp_path)
    sidecar.unlink()
    with pytest.raises(InputError, match="lacks its sidecar"):
        read_results(tmp_path)
    sidecar.write_text(text)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(InputError, match="not a readable table"):
        read_results(tmp_path)


def test_a_table_is_compact(tmp_path):
    rows = made_up_rows(images=3589, quality_indices=12)
    path = write_results(rows, "learned", MADE, tmp_path)
    assert path.stat().st_size < 15 * len(rows)


def test_a_table_of_before_has_no_ferplus_labels_and_says_how_to_add_them(tmp_path):
    write_results(made_up_rows().drop(columns="ferplus"), "learned", MADE, tmp_path)
    read = read_results(tmp_path)
    assert list(read.columns) == [*SCHEMA.names, "shipped"] and read["ferplus"].isna().all()
    assert labelled_by(read, "fer2013") is read
    with pytest.raises(InputError, match=r"core\.evaluation votes --data"):
        labelled_by(read, "ferplus")
    with pytest.raises(InputError, match="no labels 'mine'"):
        labelled_by(read, "mine")


def test_accuracy_on_the_votes_counts_only_faces_with_a_majority(tmp_path):
    rows = made_up_rows()
    rows.loc[rows["image"] == "000_face.png", "ferplus"] = "sad"
    write_results(rows, "learned", MADE, tmp_path)
    votes = labelled_by(read_results(tmp_path), "ferplus")
    hits = correct(votes)
    assert hits.isna().sum() == rows["ferplus"].isna().sum() > 0
    first = votes[votes["image"] == "000_face.png"]
    assert (correct(first) == (first["prediction"].astype(str) == "sad")).all()
    assert votes["p_true"].isna().all()
