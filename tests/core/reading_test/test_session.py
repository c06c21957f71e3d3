"""A person's answers as files."""

import csv
import io
import json
import math

import pytest

from core.errors import InputError
from core.reading_test.session import Session, from_json, load_together, to_csv, to_json
from core.reading_test.trials import Kind
from tests.core.reading_test.answering import answer

SESSION = Session("a1", "faces", (answer(0, kind=Kind.CATCH), answer(1, right=False, level=2)))


def test_json_gives_back_what_was_answered():
    found = from_json(to_json(SESSION))
    assert found.id == "a1" and found.material == "faces"
    assert math.isnan(found.answers[0].bytes) and found.answers[0].kind is Kind.CATCH
    assert found.answers[1] == SESSION.answers[1]


def test_a_session_that_comes_twice_counts_once():
    other = Session("b2", "faces", (answer(0),))
    files = [("1", to_json(SESSION)), ("2", to_json(other)), ("3", to_json(SESSION))]
    assert [session.id for session in load_together(files)] == ["a1", "b2"]


def changed(**values) -> bytes:
    document = json.loads(to_json(SESSION))
    document["answers"][1].update(values)
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'{"format": "other"}',
        b"\xff\xfe",
        b"[" * 100_000,
        changed(truth=7),
        changed(answer=-1),
        changed(seconds=-1),
        changed(seconds="x"),
        changed(bytes=None),
        changed(kind="other"),
        changed(bytes=0),
    ],
)
def test_what_is_no_file_of_answers_is_one_sentence(content):
    with pytest.raises(InputError, match=r"mine\.json is not a file of answers"):
        from_json(content, "mine.json")


def test_a_table_has_words_for_classes_and_no_formulas():
    odd = Session("c", "=HYPERLINK(1)", SESSION.answers)
    rows = list(csv.DictReader(io.StringIO(to_csv([SESSION, odd]).decode())))
    assert len(rows) == 4 and rows[1]["truth"] == "happy" and rows[1]["answer"] == "sad"
    assert rows[0]["bytes"] == "" and rows[1]["right"] == "0"
    assert [row["person"] for row in rows] == ["1", "1", "2", "2"]
    assert rows[2]["material"] == "'=HYPERLINK(1)"
