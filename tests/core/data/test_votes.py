"""FER+ votes: whose label a face gets, and what tables are refused."""

import numpy as np
import pytest

from core.data.votes import Votes, read_votes
from core.errors import InputError
from core.expressions import EXPRESSIONS
from core.folders import data_folder, has_data_folder

HEADER = "image,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF\n"


def table(tmp_path, rows: str):
    path = tmp_path / "votes.csv"
    path.write_text(HEADER + rows)
    return path


def test_votes_come_in_the_order_of_the_names_and_of_the_classes(tmp_path):
    path = table(tmp_path, "a.jpg,1,2,3,4,5,6,7,8,9,0\nb.jpg,10,0,0,0,0,0,0,0,0,0\n")
    votes = read_votes(path, np.array(["b.jpg", "missing.jpg", "a.jpg"]))
    assert votes.counts[0, EXPRESSIONS.index("neutral")] == 10
    assert not votes.counts[1].any()
    named = dict(zip(EXPRESSIONS, votes.counts[2], strict=True))
    assert named == {"neutral": 1, "happy": 2, "surprise": 3, "sad": 4, "angry": 5, "disgust": 6,
                     "fear": 7}  # fmt: skip
    assert votes.foreign[2].tolist() == [8, 9, 0]


def votes(counts, foreign=(0, 0, 0)) -> Votes:
    return Votes(np.array([counts]), np.array([foreign]))


@pytest.mark.parametrize(
    ("counts", "foreign", "label"),
    [
        ((6, 0, 0, 4, 0, 0, 0), (0, 0, 0), 0),
        ((5, 0, 0, 5, 0, 0, 0), (0, 0, 0), -1),  # a tie is no majority
        ((4, 0, 0, 2, 0, 0, 0), (3, 1, 0), -1),  # four of nine
        ((5, 1, 1, 1, 1, 1, 0), (0, 0, 0), 0),  # single votes do not count
        ((2, 0, 0, 0, 0, 0, 0), (0, 8, 0), -1),  # unknown wins
        ((0, 0, 0, 0, 0, 0, 0), (0, 0, 0), -1),  # nobody was asked
    ],
)
def test_the_majority_is_more_than_half_of_the_votes_that_count(counts, foreign, label):
    assert votes(counts, foreign).majority.tolist() == [label]


def test_shares_are_of_the_seven_and_nan_where_nobody_named_one():
    shares = votes((6, 0, 0, 3, 0, 0, 1), (5, 0, 0)).shares[0]
    assert shares.sum() == pytest.approx(1) and shares[0] == pytest.approx(2 / 3)
    assert np.isnan(votes((0,) * 7, (10, 0, 0)).shares).all()
    assert votes((1, 0, 0, 0, 0, 0, 0)).shares[0, 0] == 1, "one vote is all there is"


def test_foreign_tables_are_refused(tmp_path):
    with pytest.raises(InputError, match="no FER"):
        read_votes(tmp_path, np.array(["a"]))
    with pytest.raises(InputError, match="holds no votes"):
        read_votes(table(tmp_path, "b.jpg" + ",1" * 10 + "\n"), np.array(["a.jpg"]))
    with pytest.raises(InputError, match="line 2"):
        read_votes(table(tmp_path, "a.jpg" + ",x" * 10 + "\n"), np.array(["a.jpg"]))
    (tmp_path / "votes.csv").write_text("image,anger\n")
    with pytest.raises(InputError, match="lacks"):
        read_votes(tmp_path, np.array(["a.jpg"]))


@pytest.mark.skipif(not has_data_folder(), reason="no data sets")
def test_people_and_fer2013_agree_on_about_two_thirds():
    import csv

    folder = data_folder()
    if not (folder / "ferplus" / "votes.csv").is_file():
        pytest.skip("no votes")
    with (folder / "ferplus" / "votes.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    found = read_votes(folder, np.array([row["image"] for row in rows]))
    label = np.array([EXPRESSIONS.index(row["fer2013_label"]) for row in rows])
    clear = found.majority >= 0
    assert 0.85 < clear.mean() < 1
    assert 0.6 < (found.majority[clear] == label[clear]).mean() < 0.85
