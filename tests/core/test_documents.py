"""What the documents say of tables and files is what the code has."""

import re

import pytest

from core.bridge import advice_document, conclusion, drift
from core.checkpoints import Card
from core.evaluation.measuring.readings import READINGS, ReadingsCard
from core.evaluation.measuring.table import SCHEMA
from core.evaluation.results.comparison import Comparison
from core.evaluation.results.equal_accuracy import EqualAccuracy, Gain
from core.evaluation.results.equal_rate import EqualRate
from core.evaluation.results.gain_split import Split
from core.evaluation.results.gamma_choice import Candidate
from core.face.units import validation
from tests.paths import ROOT

TABLES = (ROOT / "docs" / "tables.md").read_text()


@pytest.mark.parametrize(
    "columns",
    [
        SCHEMA.names,
        drift.COLUMNS,
        conclusion.COLUMNS,
        validation.COLUMNS,
        Card.__dataclass_fields__,
        READINGS.names,
        ReadingsCard.__dataclass_fields__,
        Comparison.__dataclass_fields__,
        EqualRate.__dataclass_fields__,
        EqualAccuracy.__dataclass_fields__,
        Gain.__dataclass_fields__,
        Candidate.__dataclass_fields__,
        Split.__dataclass_fields__,
    ],
    ids=lambda columns: " ".join(list(columns)[-2:]),
)
def test_every_column_is_explained(columns):
    missing = [name for name in columns if name != "id" and f"`{name}`" not in TABLES]
    assert not missing


def test_the_schema_of_an_advice_is_the_one_described():
    assert advice_document.SCHEMA in TABLES


def test_files_that_contributors_are_sent_to_exist():
    text = (ROOT / "CONTRIBUTING.md").read_text()
    paths = re.findall(r"`((?:core|tests|pages|checkpoints)/[\w/.-]+)`", text)
    assert len(paths) > 15
    assert [
        path for path in paths if not re.search(r"NAME|\bID\b", path) and not (ROOT / path).exists()
    ] == []
