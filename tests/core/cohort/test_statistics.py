"""Tests over people, against scipy and statsmodels called directly and against known answers."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.signal import lfilter
from statsmodels.stats.meta_analysis import effectsize_smd
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.oneway import anova_oneway

from core.cohort.statistics.frames import (
    effective_frames,
    effective_size,
    person_means,
    select_groups,
    select_phase,
    with_composites,
)
from core.cohort.statistics.group_tests import COLUMNS, adjust, compare_groups, frame_p_values
from core.cohort.synthesis import synthesize
from core.cohort.tables.schema import Cohort
from core.errors import InputError


def cohort_of(values: dict[str, list], labels: list, scores=None, frames_each: int = 4) -> Cohort:
    """People p00, p01, ... whose means of a unit are the values; frames scatter around them."""
    names = [f"p{i:02d}" for i in range(len(labels))]
    wobble = np.tile([-0.1, 0.1], frames_each // 2)
    frames = pd.DataFrame(
        {
            "participant": pd.Categorical(np.repeat(names, frames_each), categories=names),
            "file": pd.Categorical(np.repeat(names, frames_each), categories=names),
            "frame": np.tile(np.arange(frames_each, dtype=np.int32), len(names)),
            "time": np.tile(np.arange(frames_each) / 10, len(names)),
            "success": True,
            "confidence": np.float32(1),
        }
    )
    for unit, means in values.items():
        x = np.repeat(np.asarray(means, float), frames_each) + np.tile(wobble, len(names))
        frames[unit] = x.astype(np.float32)
    scores = np.full(len(names), np.nan) if scores is None else scores
    people = pd.DataFrame({"label": labels, "score": scores}, pd.Index(names, name="participant"))
    people["label"] = people["label"].astype(object).where(people["label"].notna(), None)
    return Cohort(frames, tuple(values), "intensity", people)


@pytest.fixture(scope="module")
def two():
    rng = np.random.default_rng(0)
    values = {"AU06": rng.normal(2, 0.3, 20), "AU12": rng.normal(2, 0.3, 20)}
    values["AU12"][12:] += 0.5
    values["AU06"][3] = np.nan
    return cohort_of(values, ["0"] * 12 + ["1"] * 8)


def split(cohort, unit):
    means = person_means(cohort)[unit]
    label = cohort.people["label"]
    return means[label == "1"].dropna(), means[label == "0"].dropna()


def test_welch_and_mann_whitney_are_scipys_over_person_means(two):
    tests = compare_groups(two)
    for i, unit in enumerate(two.units):
        one, zero = split(two, unit)
        welch, rank = tests.primary.iloc[i], tests.ranks.iloc[i]
        expected = stats.ttest_ind(one, zero, equal_var=False)
        assert welch["p_value"] == pytest.approx(expected.pvalue)
        assert welch["statistic"] == pytest.approx(expected.statistic)
        assert welch["estimate"] == pytest.approx(one.mean() - zero.mean())
        assert welch["n"] == len(one) + len(zero)
        low, high = expected.confidence_interval()
        assert (welch["estimate_low"], welch["estimate_high"]) == pytest.approx((low, high))
        expected = stats.mannwhitneyu(one, zero)
        assert rank["p_value"] == pytest.approx(expected.pvalue)
        above = np.mean(np.sign(one.to_numpy()[:, None] - zero.to_numpy()))
        assert rank["effect"] == pytest.approx(above)
    assert list(tests.primary.columns[: len(COLUMNS)]) == list(COLUMNS)
    assert tests.groups == ("0", "1")


def test_hedges_g_and_its_interval_are_those_of_statsmodels(two):
    row = compare_groups(two).primary.set_index("unit").loc["AU12"]
    one, zero = split(two, "AU12")
    g, variance = effectsize_smd(
        one.mean(), one.std(), len(one), zero.mean(), zero.std(), len(zero)
    )
    assert row["effect"] == pytest.approx(g)
    assert row["high"] - row["low"] == pytest.approx(2 * 1.959964 * np.sqrt(variance))
    d = (one.mean() - zero.mean()) / np.sqrt((11 * zero.var() + 7 * one.var()) / 18)
    assert row["effect"] == pytest.approx(d * (1 - 3 / (4 * 18 - 1)), rel=1e-3)  # Hedges 1981


def test_p_values_are_corrected_over_units_and_missing_ones_count_for_nothing():
    p = [0.01, np.nan, 0.04, 0.03]
    expected = multipletests([0.01, 0.04, 0.03], method="fdr_bh")[1]
    np.testing.assert_allclose(adjust(p), [expected[0], np.nan, expected[1], expected[2]])
    assert np.isnan(adjust([np.nan])).all()
    tests = compare_groups(with_composites(synthesize(12, 0.8, 0, seconds=2, fps=8), ["happiness"]))
    assert len(tests.primary) == 18
    np.testing.assert_allclose(tests.primary["p_adjusted"], adjust(tests.primary["p_value"]))


def test_three_groups_get_welchs_anova_kruskal_wallis_and_pairs():
    rng = np.random.default_rng(1)
    label = ["0"] * 8 + ["0.5"] * 5 + ["1"] * 9
    cohort = cohort_of({"AU12": rng.normal(2, 0.4, 22) + 0.3 * (np.arange(22) > 12)}, label)
    tests = compare_groups(cohort)
    means = person_means(cohort)["AU12"]
    samples = [means[cohort.people["label"] == group] for group in ("0", "0.5", "1")]
    expected = anova_oneway(samples, use_var="unequal")
    row = tests.primary.iloc[0]
    assert (row["test"], row["n"]) == ("Welch ANOVA", 22)
    assert row["p_value"] == pytest.approx(expected.pvalue)
    assert 0 <= row["low"] <= row["effect"] <= row["high"] <= 1
    assert tests.ranks.iloc[0]["p_value"] == pytest.approx(stats.kruskal(*samples).pvalue)
    pair = tests.pairs.query("reference == '0' and group == '1'").iloc[0]
    expected = stats.ttest_ind(samples[2], samples[0], equal_var=False)
    assert pair["p_value"] == pytest.approx(expected.pvalue)
    assert len(tests.pairs) == 3
    only = compare_groups(select_groups(cohort, ["0", "1"]))
    assert only.primary.iloc[0]["p_value"] == pytest.approx(expected.pvalue)


def test_scores_are_correlated_by_spearman_and_are_primary_without_labels():
    x = np.array([1.0, 2.0, 1.5, 3.0, 2.5, 4.0])
    cohort = cohort_of({"AU12": x}, [None] * 6, scores=[3, 5, 9, 7, 8, np.nan])
    tests = compare_groups(cohort)
    expected = stats.spearmanr(x[:5], [3, 5, 9, 7, 8])
    assert tests.scores.iloc[0]["effect"] == pytest.approx(expected.statistic)
    assert tests.scores.iloc[0]["p_value"] == pytest.approx(expected.pvalue)
    assert tests.primary.iloc[0]["test"] == "Spearman"
    assert tests.primary.iloc[0]["n"] == 5


def test_the_frame_level_p_value_is_the_t_test_over_all_frames(two):
    frames = two.frames.join(two.people["label"], on="participant")
    for unit in two.units:
        one, zero = (frames.loc[frames["label"] == g, unit].dropna().astype(float) for g in "10")
        expected = stats.ttest_ind(one, zero, equal_var=False)
        row = frame_p_values(two, ("0", "1")).loc[unit]
        assert row["frame_p_value"] == pytest.approx(expected.pvalue, rel=1e-4)
        assert row["frames"] == len(one) + len(zero)


def test_more_frames_of_the_same_people_make_only_the_frame_level_p_value_smaller():
    few, many = (synthesize(20, 0.0, 4, seconds=s, fps=10) for s in (10, 80))
    few_frames, many_frames = (compare_groups(c).frames.set_index("unit") for c in (few, many))
    shrunk = many_frames["frame_p_value"] < few_frames["frame_p_value"]
    assert shrunk.mean() > 0.7
    np.testing.assert_allclose(many_frames["p_value"], few_frames["p_value"], atol=0.02)


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("length", [3000, 20000])
def test_effective_frames_of_an_autoregression_are_the_known_share(rho, length):
    noise = np.random.default_rng(2).standard_normal((length, 8))
    x = lfilter([1], [1, -rho], noise, axis=0)
    expected = length * (1 - rho) / (1 + rho)
    assert effective_size(x).mean() == pytest.approx(expected, rel=0.15)


def test_missing_and_constant_series_are_worth_what_they_hold():
    x = np.full((50, 3), np.nan)
    x[:, 1], x[7, 2] = 2.0, 1.0
    assert effective_size(x).tolist() == [0, 1, 1]


def test_effective_frames_lie_between_people_and_frames():
    cohort = synthesize(4, 0.0, 0, seconds=30)
    worth = effective_frames(cohort)
    assert (worth >= 1).all(axis=None)
    assert (worth < 0.2 * 900).all(axis=None)


def test_a_person_counts_once_however_long_their_recording():
    cohort = cohort_of({"AU12": [1.0, 2.0, 3.0, 4.0, 2.0, 1.0]}, ["0"] * 3 + ["1"] * 3)
    longer = cohort.frames[cohort.frames["participant"] == "p00"]
    repeated = Cohort(
        pd.concat([cohort.frames, longer, longer], ignore_index=True),
        cohort.units,
        cohort.unit_kind,
        cohort.people,
    )
    one, other = compare_groups(cohort).primary, compare_groups(repeated).primary
    pd.testing.assert_frame_equal(one, other)


def test_people_without_values_or_labels_take_no_part_and_are_counted():
    values = {"AU12": [1.0, 2.0, np.nan, 4.0, 2.0, 1.0, 9.0]}
    tests = compare_groups(cohort_of(values, ["0"] * 3 + ["1"] * 3 + [None]))
    assert tests.primary.iloc[0]["n"] == 5
    assert "1 people have no value and take no part in any test." in tests.notes
    assert any("without a label" in note for note in tests.notes)


def test_a_test_that_cannot_be_made_is_missing_not_zero():
    same = cohort_of({"AU12": [2.0] * 4, "AU06": [1, np.nan, 2, 3]}, ["0", "0", "1", "1"])
    tests = compare_groups(same)
    assert tests.primary[["effect", "p_value", "p_adjusted"]].isna().all(axis=None)
    assert tests.ranks["p_value"].isna().all()


def test_nothing_to_compare_is_a_sentence():
    with pytest.raises(InputError, match="only the group 'a'"):
        compare_groups(cohort_of({"AU12": [1.0, 2.0]}, ["a", "a"]))
    with pytest.raises(InputError, match="no labels"):
        compare_groups(cohort_of({"AU12": [1.0, 2.0]}, [None, None]))


def test_composites_sum_their_units_frame_by_frame():
    cohort = synthesize(4, 0.0, 0, seconds=2, fps=10)
    with_all = with_composites(cohort, ["happiness", "sadness"])
    expected = cohort.frames["AU06"] + cohort.frames["AU12"]
    pd.testing.assert_series_equal(with_all.frames["happiness"], expected, check_names=False)
    assert with_all.measures[-2:] == ("happiness", "sadness")
    assert with_composites(with_all, ["happiness"]).composites == with_all.composites
    assert "happiness" in with_composites(cohort).composites
    with pytest.raises(InputError, match=r"'joy' is none of.*'sadness' needs AU15"):
        lacking = cohort_of({"AU01": [1.0], "AU04": [1.0]}, ["0"])
        with_composites(lacking, ["joy", "sadness"])


def test_a_phase_is_cut_out_and_everybody_stays():
    cohort = synthesize(4, 0.0, 0, seconds=8, fps=10)
    coping = select_phase(cohort, "coping")
    assert coping.phases == ("coping",)
    assert len(coping.frames) == len(cohort.frames) / 4
    assert coping.frames["time"].between(4, 6, inclusive="left").all()
    assert coping.people.index.equals(cohort.people.index)
    with pytest.raises(InputError, match="latency, ei, coping, training"):
        select_phase(cohort, "lunch")


def test_comparing_can_be_cancelled(two):
    def stop(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compare_groups(two, progress=stop)
