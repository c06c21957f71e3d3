"""More frames than memory should hold: read to disk, compared piece by piece, with the same answers."""

import os
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.cohort import compare, read_cohort
from core.cohort.document import document
from core.cohort.statistics.frames import with_composites
from core.cohort.synthesis import write_synthetic
from core.cohort.tables import columns, spool

CHOICES = {
    "within": "phase",
    "classifiers": ("forest", "rocket"),
    "folds": 2,
    "repeats": 1,
    "permutations": 2,
    "paper": True,
    "shuffles": 2,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Eight people; the frames of one hold a face too seldom to count."""
    folder = write_synthetic(tmp_path_factory.mktemp("many"), 8, 1.0, 1, seconds=12, fps=10)
    table = pd.read_csv(folder / "synthetic_003.csv")
    table.loc[20:, "success"] = 0
    table.to_csv(folder / "synthetic_003.csv", index=False)
    return folder


def on_disk(monkeypatch, frames=50, piece=64):
    monkeypatch.setattr(spool.Spool.__init__, "__defaults__", (frames,))
    monkeypatch.setattr(columns, "PIECE", piece)


def same(one, other, where=""):
    """Equal, numbers to seven places."""
    if isinstance(one, dict):
        assert one.keys() == other.keys(), where
        for key in one.keys() - {"seconds", "versions"}:
            same(one[key], other[key], f"{where}/{key}")
    elif isinstance(one, list):
        assert len(one) == len(other), where
        for number, pair in enumerate(zip(one, other, strict=True)):
            same(*pair, f"{where}[{number}]")
    elif isinstance(one, float):
        np.testing.assert_allclose(one, other, rtol=1e-7, atol=1e-9, err_msg=where)
    else:
        assert one == other, where


def test_an_analysis_from_disk_says_what_one_in_memory_says(folder, monkeypatch):
    in_memory = document(compare(read_cohort(folder), **CHOICES), {}, with_people=True)
    on_disk(monkeypatch)
    cohort = read_cohort(folder)
    assert columns.is_mapped(cohort.frames)
    analysis = compare(cohort, **CHOICES)
    assert columns.is_mapped(analysis.cohort.frames), "leaving people out must not bring it back"
    assert len(analysis.cohort.frames) < len(cohort.frames)
    same(in_memory, document(analysis, {}, with_people=True))


def test_a_composite_of_mapped_units_is_mapped(folder, monkeypatch):
    plain = with_composites(read_cohort(folder), ("happiness",))
    on_disk(monkeypatch)
    mapped = with_composites(read_cohort(folder), ("happiness",))
    pd.testing.assert_frame_equal(mapped.frames, plain.frames)
    assert columns.is_mapped(pd.DataFrame({"happiness": mapped.frames["happiness"]}, copy=False))


def test_thinning_keeps_it_in_memory_and_is_told_once(folder, monkeypatch):
    from core.cohort.tables.parsing import TableReading

    monkeypatch.setattr(spool.Spool.__init__, "__defaults__", (600,))
    assert columns.is_mapped(read_cohort(folder).frames)
    thin = read_cohort(folder, tables=TableReading(thin=5))
    assert not columns.is_mapped(thin.frames)
    remark = thin.report.grouped().set_index("remark").loc["thinned"]
    assert remark["count"] == 8 and "became one" in remark["text"]


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_what_was_read_of_a_column_does_not_stay_in_memory(folder, monkeypatch):
    """Of 200 MB of columns in files at most a third are in memory while they are compared."""
    on_disk(monkeypatch, 50, 2**16)
    small = read_cohort(folder)
    frames = _repeated(small.frames, 2500)
    cohort = replace(small, frames=frames)
    columns.let_go(frames)
    before, most = _mapped_megabytes(), []
    compare(cohort, lambda *_: most.append(_mapped_megabytes() - before), structure=False)
    size = (
        sum(frames[c].to_numpy().nbytes for c in frames if c not in ("participant", "file")) / 1e6
    )
    assert size > 150
    assert max(most) < size / 3


def _repeated(frames: pd.DataFrame, times: int) -> pd.DataFrame:
    """Every frame ``times`` times, in the same blocks, mapped."""
    data = {}
    for name in frames:
        if name in ("participant", "file"):
            data[name] = frames[name].repeat(times).reset_index(drop=True)
            continue
        column = columns.room(len(frames) * times, frames[name].dtype)
        column[:] = np.repeat(frames[name].to_numpy(), times)
        data[name] = column
    return pd.DataFrame(data, copy=False)


def _mapped_megabytes() -> float:
    with open(f"/proc/{os.getpid()}/status") as status:
        line = next(line for line in status if line.startswith("RssFile"))
    return int(line.split()[1]) / 1024


def test_a_cohort_without_mapped_columns_is_left_alone():
    frames = pd.DataFrame({"participant": pd.Categorical(["a"]), "AU12": np.float32([1.0])})
    columns.let_go(frames)
    assert not columns.is_mapped(frames)
    assert [*columns.pieces(frames)] == [slice(0, 1)]
