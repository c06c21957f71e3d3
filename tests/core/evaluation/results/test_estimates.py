"""Estimates: computed once for a set of tables, the same for everybody, anew when a table changes."""

import numpy as np
import pandas as pd
import pytest

from core.evaluation.measuring.table import Provenance, write_results
from core.evaluation.results import cache, comparison, curves, estimates
from core.evaluation.results.estimates import Estimates
from tests.core.evaluation.made_up import made_up_rows

MADE = Provenance("0", 0, {}, {}, "")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name, rows in {
        "original": made_up_rows("original"), "baseline": made_up_rows(),
        "joint": made_up_rows("joint", gamma=0.1, scale=0.5), "jpeg": made_up_rows("jpeg", scale=2),
    }.items():  # fmt: skip
        write_results(rows, name, MADE, tmp_path / "results")
    return tmp_path / "results"


def forbid(monkeypatch):
    for module, name in ((curves, "points"), (comparison, "compare")):
        monkeypatch.setattr(module, name, lambda *_, **__: pytest.fail("computed again"))


def test_what_was_computed_is_not_computed_again_not_even_in_another_process(folder, monkeypatch):
    first = Estimates(folder)
    points, deltas = first.points("fer2013"), first.deltas("fer2013", "jpeg")
    assert set(deltas["method"]) == {"baseline", "joint"} and len(points) == 15
    forbid(monkeypatch)
    again = Estimates(folder)
    pd.testing.assert_frame_equal(again.points("fer2013"), points, check_dtype=False)
    pd.testing.assert_frame_equal(again.deltas("fer2013", "jpeg"), deltas)


def test_it_is_the_figure_of_the_library_with_the_stated_draws(folder):
    known = Estimates(folder)
    (one,) = known.comparisons("jpeg", "joint")
    (alone,) = comparison.compare(known.rows, "jpeg", "joint", resamples=1000, seed=0)
    assert one == alone and "1,000" in estimates.STATED


def test_a_changed_table_is_computed_anew(folder):
    before = Estimates(folder).comparisons("jpeg", "joint")[0].bd_rate
    write_results(made_up_rows("joint", gamma=0.1, scale=0.25), "joint", MADE, folder)
    after = Estimates(folder).comparisons("jpeg", "joint")[0].bd_rate
    assert (before, after) == pytest.approx((-75, -87.5), abs=0.1)


def test_a_damaged_cache_costs_time_alone(folder, tmp_path):
    points = Estimates(folder).points("fer2013")
    cached = list((tmp_path / "cache").rglob("*.parquet"))
    assert cached
    for path in cached:
        path.write_bytes(b"damaged")
    np.testing.assert_allclose(Estimates(folder).points("fer2013")["low"], points["low"])


def test_what_ships_with_the_tables_is_not_computed_again(folder, tmp_path, monkeypatch):
    first = Estimates(folder)
    points, deltas = first.points("fer2013"), first.deltas("fer2013", "jpeg")
    first.cache.ship(folder)
    written = (folder / cache.SHIPPED).read_bytes()
    assert cache.shipped_is_current(folder)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "another cache"))
    with monkeypatch.context() as patch:
        forbid(patch)
        again = Estimates(folder)
        np.testing.assert_allclose(again.points("fer2013")["low"], points["low"])
        pd.testing.assert_frame_equal(again.deltas("fer2013", "jpeg"), deltas)
        again.cache.ship(folder)
    assert (folder / cache.SHIPPED).read_bytes() == written


@pytest.mark.parametrize("damage", [lambda it: it[: len(it) // 2], lambda it: b"no archive"])
def test_shipped_estimates_that_are_damaged_cost_time_alone(folder, damage):
    known = Estimates(folder)
    points = known.points("fer2013")
    path = known.cache.ship(folder)
    path.write_bytes(damage(path.read_bytes()))
    np.testing.assert_allclose(Estimates(folder).points("fer2013")["low"], points["low"])
    assert not cache.shipped_is_current(folder)


def test_shipped_estimates_of_other_tables_are_not_shown(folder):
    known = Estimates(folder)
    before = known.comparisons("jpeg", "joint")[0].bd_rate
    known.cache.ship(folder)
    write_results(made_up_rows("joint", gamma=0.1, scale=0.25), "joint", MADE, folder)
    assert not cache.shipped_is_current(folder)
    assert Estimates(folder).comparisons("jpeg", "joint")[0].bd_rate < before


def test_without_a_place_for_the_cache_figures_come_all_the_same(folder, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert len(Estimates(folder).points("fer2013")) == 15


def test_only_a_few_sets_of_tables_are_kept(folder, tmp_path):
    for scale in range(1, 8):
        write_results(made_up_rows("joint", gamma=0.1, scale=scale), "joint", MADE, folder)
        Estimates(folder).points("fer2013")
    sets = list((tmp_path / "cache" / "expressrate" / "estimates").iterdir())
    assert len(sets) <= cache._CACHED_SETS + 1


def test_the_labels_of_the_votes_are_another_figure(folder):
    rows = made_up_rows()
    rows.loc[rows["label"] == "angry", "ferplus"] = "sad"
    write_results(rows, "baseline", MADE, folder)
    ours = Estimates(folder).points("fer2013").query("method == 'baseline'")
    theirs = Estimates(folder, "ferplus").points("fer2013").query("method == 'baseline'")
    assert (theirs["images"] < ours["images"]).all()
    assert (theirs["quality"] < ours["quality"]).all()
