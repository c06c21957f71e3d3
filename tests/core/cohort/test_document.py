"""The JSON document: as its schema says, and with nothing of single people unless that was asked."""

import json

import numpy as np
import pytest

from core import cli
from core.cohort import compare, synthesize
from core.cohort.document import SCHEMA_VERSION, document
from core.cohort.report.assembly import report_of, settings_of
from core.cohort.report.rendering import to_html
from tests.paths import ROOT

jsonschema = pytest.importorskip("jsonschema")


@pytest.fixture(scope="module")
def analysis():
    cohort = synthesize(16, 1.5, 3, seconds=8, fps=10)
    people = cohort.people.assign(age=np.arange(20, 36).astype(str), sex=["m", "f"] * 8)
    object.__setattr__(cohort, "people", people)
    return compare(
        cohort,
        covariates=("age", "sex"),
        within="phase",
        classifiers=("forest",),
        folds=2,
        repeats=2,
        permutations=3,
    )


@pytest.fixture(scope="module")
def schema():
    return json.loads((ROOT / "docs" / "cohort.schema.json").read_text())


def written(analysis, with_people, path):
    settings = settings_of(analysis, {}, with_people)
    cli.write_json(document(analysis, settings, with_people), path)
    return json.loads(path.read_text())


@pytest.mark.parametrize("with_people", [False, True])
def test_what_is_written_is_what_the_schema_says(analysis, schema, with_people, tmp_path):
    content = written(analysis, with_people, tmp_path / "out.json")
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(content, schema, jsonschema.Draft202012Validator)
    assert content["structure"]["course"][0]["component"] == "PC1"
    assert content["schema"] == SCHEMA_VERSION == schema["properties"]["schema"]["const"]
    assert set(schema["required"]) <= set(content)
    assert not set(content) - set(schema["properties"]), "a field the schema does not know"


def test_the_schema_refuses_what_is_wrong(analysis, schema, tmp_path):
    content = written(analysis, True, tmp_path / "out.json")
    for wrong in (content | {"unit_kind": "percent"}, content | {"with_people": False}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema, jsonschema.Draft202012Validator)


def test_nobody_can_be_found_in_what_is_published(analysis, tmp_path):
    for with_people in (False, True):
        text = json.dumps(written(analysis, with_people, tmp_path / "out.json"))
        html = to_html(report_of(analysis, settings_of(analysis, {}, with_people), "", with_people))
        for person in analysis.whole.people.index:
            assert (person in text) is with_people
            assert (person in html) is with_people


def test_no_missing_number_is_written_as_one(analysis, tmp_path):
    written(analysis, True, tmp_path / "out.json")
    text = (tmp_path / "out.json").read_text()
    assert "NaN" not in text and "Infinity" not in text


def test_settings_hold_every_choice_and_a_hash_of_every_input(tmp_path):
    from core.cohort import read_cohort
    from core.cohort.synthesis import write_synthetic

    folder = write_synthetic(tmp_path / "s", 6, 1.0, 0, seconds=4, fps=10)
    analysis = compare(read_cohort(folder), structure=False, phase="ei")
    settings = settings_of(analysis, {"cutoff": 0.0})
    assert settings["phase"] == "ei" and settings["cutoff"] == 0.0
    hashes = settings["inputs (sha256)"]
    assert len(hashes) == 8 and all(len(digest) == 64 for digest in hashes)
    assert str(tmp_path) not in to_html(report_of(analysis, settings))
