"""Folders, archives and uploads of tables: what is safe and whole is read, the rest is refused."""

import io
import zipfile

import numpy as np
import pandas as pd
import pytest

from core.cohort.statistics.frames import person_means
from core.cohort.tables import sources, spool
from core.cohort.tables.reading import read_cohort
from core.errors import InputError
from tests.core.cohort.openface_tables import openface


def zipped(entries: dict[str, bytes], compression=zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, raw in entries.items():
            archive.writestr(name, raw)
    return buffer.getvalue()


def test_a_folder_a_zip_and_uploads_give_the_same_cohort(tmp_path):
    raw = {"a.csv": openface(), "sub/b.csv": openface((0.5, 0.25))}
    for name, content in raw.items():
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(content)
    (tmp_path / "in" / "notes.md").write_text("not a table")
    cohorts = [
        read_cohort(tmp_path / "in"),
        read_cohort(("all.zip", zipped(raw))),
        read_cohort(list(raw.items())),
    ]
    for cohort in cohorts:
        pd.testing.assert_frame_equal(cohort.frames, cohorts[0].frames)
        assert cohort.people.index.tolist() == ["a", "b"]
        assert cohort.units == ("AU06", "AU12")
        assert cohort.report.all_problems == ()
    np.testing.assert_allclose(cohorts[0].frames["AU12"], [1.5, 2.5, 3.5, 1.0, 0.75])
    assert cohorts[0].frames["AU12"].dtype == np.float32


def test_a_zip_bomb_is_refused_with_a_sentence():
    bomb = zipped({"a.csv": b"0" * (sources.SMALL_BYTES + 1)})
    with pytest.raises(InputError, match="zip bomb"):
        read_cohort(("bomb.zip", bomb))


@pytest.mark.parametrize("name", ["../a.csv", "/etc/a.csv", "x/../../a.csv", "C:\\a.csv"])
def test_a_zip_entry_that_points_outside_is_refused(name):
    with pytest.raises(InputError, match="points outside"):
        read_cohort(("evil.zip", zipped({name: openface()})))


def test_a_damaged_zip_and_a_lying_one_are_refused():
    whole = zipped({"a.csv": openface((1.0,) * 200)})
    with pytest.raises(InputError, match="zip"):
        read_cohort(("cut.zip", whole[: len(whole) // 2]))
    stored = bytearray(zipped({"a.csv": openface()}, zipfile.ZIP_STORED))
    stored[stored.find(b"frame") + 3] ^= 1
    with pytest.raises(InputError, match="damaged"):
        read_cohort(("flipped.zip", bytes(stored)))


def test_a_csv_of_a_gigabyte_is_refused_with_a_sentence(tmp_path):
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.write(openface())
        file.truncate(10**9)  # sparse: takes no space
    with pytest.raises(InputError, match=r"1,000 MB; a table may have at most 537 MB"):
        read_cohort(path)


def test_a_missing_path_and_an_empty_folder_are_sentences(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        read_cohort(tmp_path / "nowhere")
    with pytest.raises(InputError, match="No table was found"):
        read_cohort(tmp_path)


def test_reading_can_be_watched_and_cancelled():
    seen = []

    def stop(done, total, text):
        seen.append((done, total, text))
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_cohort([("a.csv", openface()), ("b.csv", openface((1.0,)))], progress=stop)
    assert seen == [(0, 2, "reading a.csv"), (1, 2, "reading b.csv")]


def test_a_cohort_too_large_for_memory_lies_on_disk_and_is_the_same(monkeypatch):
    files = [(f"p{i}.csv", openface((1.0 + i, 2.0, 3.0))) for i in range(4)]
    files.append(("q.csv", b"frame,timestamp,success,AU12_r\n0,0,True,1\n1,0.04,True,2\n"))
    expected = read_cohort(files)
    monkeypatch.setattr(spool.Spool.__init__, "__defaults__", (5,))
    whole = read_cohort(files)
    pd.testing.assert_frame_equal(whole.frames, expected.frames)
    column = whole.frames["AU12"].to_numpy()
    while column.base is not None and not isinstance(column, np.memmap):
        column = column.base
    assert isinstance(column, np.memmap)
    pd.testing.assert_frame_equal(person_means(whole), person_means(expected))
