"""Covariates, conditions within persons, confounds, sensitivity: against other implementations."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from scipy import stats

from core.cohort import compare, synthesize
from core.cohort.statistics import confounds, covariates, repeated, sensitivity
from core.cohort.statistics.frames import person_means, select_phase, select_valid, valid_shares
from core.errors import InputError


def people_of(n=60, seed=0, effect=0.5):
    rng = np.random.default_rng(seed)
    label = np.array(["0", "1"]).repeat(n // 2)
    age = 30 + 10 * (label == "1") + rng.normal(0, 5, n)
    y = 0.05 * age + effect * (label == "1") + rng.normal(0, 0.3, n) * (1 + (label == "1"))
    names = pd.Index([f"p{i:02d}" for i in range(n)], name="participant")
    frame = {"label": label, "score": rng.normal(10, 3, n), "age": age.round(1).astype(str)}
    people = pd.DataFrame(frame | {"sex": rng.choice(["m", "f"], n)}, names)
    return people, pd.DataFrame({"AU12": y}, names)


# --- covariates ----------------------------------------------------------------------------------


def test_the_adjusted_difference_is_that_of_statsmodels_with_robust_errors():
    people, means = people_of()
    row = covariates.adjusted_tests(means, people, ("0", "1"), ("age", "sex")).iloc[0]
    table = people.assign(y=means["AU12"], age=people["age"].astype(float))
    fit = smf.ols("y ~ C(label) + age + C(sex)", table).fit(cov_type="HC3", use_t=True)
    assert row["estimate"] == pytest.approx(fit.params["C(label)[T.1]"])
    assert row["p_value"] == pytest.approx(fit.pvalues["C(label)[T.1]"])
    assert (row["low"], row["high"]) == pytest.approx(tuple(fit.conf_int().loc["C(label)[T.1]"]))
    raw = (
        means["AU12"][people["label"] == "1"].mean() - means["AU12"][people["label"] == "0"].mean()
    )
    assert row["raw"] == pytest.approx(raw)


def test_a_difference_that_is_age_alone_goes_when_age_is_adjusted_for():
    people, means = people_of(200, effect=0.0)
    row = covariates.adjusted_tests(means, people, ("0", "1"), ("age",)).iloc[0]
    assert row["raw"] > 0.3
    assert abs(row["estimate"]) < 0.15 and row["p_value"] > 0.01


def test_three_groups_are_adjusted_together():
    people, means = people_of()
    people["label"] = np.array(["a", "b", "c"]).repeat(20)
    row = covariates.adjusted_tests(means, people, ("a", "b", "c"), ("age",)).iloc[0]
    table = people.assign(y=means["AU12"], age=people["age"].astype(float))
    fit = smf.ols("y ~ C(label) + age", table).fit(cov_type="HC3", use_t=True)
    expected = fit.f_test("C(label)[T.b] = 0, C(label)[T.c] = 0")
    assert row["p_value"] == pytest.approx(float(expected.pvalue))


def test_scores_are_regressed_with_the_same_covariates():
    people, means = people_of()
    row = covariates.score_regressions(means, people, ("age",)).iloc[0]
    table = people.assign(y=means["AU12"], age=people["age"].astype(float))
    fit = smf.ols("y ~ score + age", table).fit(cov_type="HC3", use_t=True)
    assert row["estimate"] == pytest.approx(fit.params["score"])
    assert row["p_value"] == pytest.approx(fit.pvalues["score"])


def test_a_covariate_that_is_not_there_or_does_not_vary_is_a_sentence():
    people, means = people_of()
    with pytest.raises(InputError, match="no column 'site'"):
        covariates.adjusted_tests(means, people, ("0", "1"), ("site",))
    with pytest.raises(InputError, match="does not vary"):
        covariates.adjusted_tests(means, people.assign(site=1), ("0", "1"), ("site",))


def test_a_covariate_that_is_the_group_gives_no_number():
    people, means = people_of()
    people["ward"] = people["label"].map({"0": "north", "1": "south"})
    row = covariates.adjusted_tests(means, people, ("0", "1"), ("ward",)).iloc[0]
    assert np.isnan(row["p_value"])


def test_the_matching_table_tests_numbers_and_words():
    people, _ = people_of()
    table = covariates.matching(people, ("0", "1"), ("age", "sex")).set_index("property")
    age = people["age"].astype(float)
    expected = stats.ttest_ind(age[:30], age[30:], equal_var=False).pvalue
    assert table.loc["age", "p_value"] == pytest.approx(expected)
    counts = pd.crosstab(people["label"], people["sex"])
    assert table.loc["sex", "p_value"] == pytest.approx(stats.fisher_exact(counts).pvalue)


# --- within persons ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cohort():
    return synthesize(20, 1.0, 2, seconds=8, fps=10)


def test_paired_tests_are_those_of_scipy_on_one_value_a_person(cohort):
    values = repeated.person_values(repeated.conditions_of(cohort, "phase"))
    table = repeated.paired_tests(values, ("AU12",), cohort.phases)
    row = table[(table["condition"] == "ei") & (table["reference"] == "latency")].iloc[0]
    ei, latency = (person_means(select_phase(cohort, p))["AU12"] for p in ("ei", "latency"))
    expected = stats.ttest_rel(ei, latency)
    assert row["p_value"] == pytest.approx(expected.pvalue)
    limits = expected.confidence_interval()
    assert (row["estimate_low"], row["estimate_high"]) == pytest.approx((limits.low, limits.high))
    assert row["wilcoxon_p"] == pytest.approx(stats.wilcoxon(ei, latency).pvalue)
    d = (ei - latency).mean() / (ei - latency).std()
    assert row["effect"] == pytest.approx(d)
    assert row["low"] < d < row["high"]
    assert len(table) == 6, "every pair of four phases"


def test_correction_goes_over_measures_and_pairs_too(cohort):
    values = repeated.person_values(repeated.conditions_of(cohort, "phase"))
    table = repeated.paired_tests(values, ("AU12", "AU06"), cohort.phases)
    expected = stats.false_discovery_control(table["p_value"])
    np.testing.assert_allclose(table["p_adjusted"], expected)


def test_the_mixed_model_finds_a_change_that_one_group_alone_has():
    rng = np.random.default_rng(1)
    rows = [
        (f"p{i:02d}", condition, str(i % 2), level + change + rng.normal(0, 0.2))
        for i in range(40)
        for level in [rng.normal()]
        for condition, change in (("pre", 0.0), ("post", 1.0 * (i % 2)))
    ]
    values = pd.DataFrame(rows, columns=["participant", "condition", "label", "AU12"])
    table = repeated.mixed_models(values, ("AU12",), ("0", "1")).set_index("term")
    assert table.loc["group x condition", "p_value"] < 1e-6
    alike = values.assign(
        AU12=values["AU12"] - (values["condition"] == "post") * (values["label"] == "1")
    )
    table = repeated.mixed_models(alike, ("AU12",), ("0", "1")).set_index("term")
    assert table.loc["group x condition", "p_value"] > 0.01


def test_the_likelihood_is_that_of_statsmodels():
    rng = np.random.default_rng(4)
    person = np.repeat(np.arange(15), 3)[:-2]
    x = np.stack([np.ones(43), rng.normal(size=43)], axis=1)
    for spread in (0.0, 1.0):
        y = x @ [0.5, 1.0] + spread * rng.normal(size=15)[person] + rng.normal(size=43)
        theirs = sm.MixedLM(y, x, person).fit(reml=False)
        assert repeated.log_likelihood(x, y, person) == pytest.approx(theirs.llf, abs=1e-3)


def test_one_condition_is_nothing_to_compare_within(cohort):
    with pytest.raises(InputError, match="There are 0 of condition"):
        repeated.conditions_of(cohort, "condition")


def test_happy_and_sad_files_of_the_same_people_are_compared():
    from core.cohort import read_cohort

    rng = np.random.default_rng(0)
    tables, labels = [], ["participant,file,label"]
    for actor in range(8):
        for emotion, level in (("happy", 2.0), ("sad", 0.5)):
            name = f"actor{actor}_{emotion}.csv"
            x = level + 0.1 * actor + rng.normal(0, 0.1, 20)
            rows = "".join(f"{i + 1},{i / 10},0.9,1,{v:.3f},1\n" for i, v in enumerate(x))
            head = "frame,timestamp,confidence,success,AU06_r,AU12_r\n"
            tables.append((name, (head + rows).encode()))
            labels.append(f"actor{actor},{name},{emotion}")
    cohort = read_cohort(tables, labels=("labels.csv", "\n".join(labels).encode()))
    assert cohort.conditions == ("happy", "sad") and cohort.groups == ()
    results = compare(cohort, within="condition", structure=False, composites=())
    row = results.within.pairs.set_index("unit").loc["AU06"]
    assert row["n"] == 8 and row["estimate"] == pytest.approx(-1.5, abs=0.15)
    assert row["p_value"] < 1e-6
    assert results.tests is None and "nothing to compare" in results.refused["groups"]


# --- confounds -----------------------------------------------------------------------------------


def with_files(cohort, **columns):
    """The cohort with other properties of its files: a value for each group."""
    label = cohort.people["label"]
    files = tuple(
        replace(file, **{name: own[label[file.participant]] for name, own in columns.items()})
        for file in cohort.report.files
    )
    return replace(cohort, report=replace(cohort.report, files=files))


@pytest.mark.parametrize(
    ("columns", "named"),
    [
        ({"rate": {"0": 30.0, "1": 25.0}}, "frames per second"),
        ({"dialect": {"0": "OpenFace 2", "1": "LibreFace"}}, "program"),
        ({"largest": {"0": 3.0, "1": 0.6}}, "within a fifth of the range"),
        ({"face_width": {"0": 200.0, "1": 90.0}}, "width of the face"),
        ({"confidence": {"0": 0.98, "1": 0.8}}, "confidence"),
    ],
)
def test_groups_that_were_recorded_differently_raise_an_alarm(cohort, columns, named):
    alarms = confounds.alarms(confounds.audit(with_files(cohort, **columns)))
    assert len(alarms) == 1 and named in alarms[0]


def test_groups_that_were_recorded_alike_raise_none(cohort):
    table = confounds.audit(cohort)
    assert not table["differs"].any() and confounds.alarms(table) == ()
    assert confounds.audit(replace(cohort, people=cohort.people.assign(label=None))).empty


def test_a_correction_does_not_hide_groups_that_have_nothing_in_common():
    small = synthesize(8, 0.0, 1, seconds=4, fps=10)
    label = small.people["label"]
    rng = np.random.default_rng(0)
    files = tuple(
        replace(
            file,
            face_width=rng.normal(100, 5),
            rate=25.0 if label[file.participant] == "1" else 30.0,
        )
        for file in small.report.files
    )
    table = confounds.audit(replace(small, report=replace(small.report, files=files)))
    assert table.set_index("property")["differs"].to_dict()["frames per second"]


def test_a_rate_that_differs_by_rounding_is_no_difference(cohort):
    table = confounds.audit(with_files(cohort, rate={"0": 29.9975, "1": 30.0021}))
    assert not table["differs"].any()


# --- valid frames and sensitivity ----------------------------------------------------------------


def test_one_valid_frame_is_no_person(cohort):
    frames = cohort.frames.copy()
    first = cohort.people.index[0]
    own = np.flatnonzero(frames["participant"] == first)[1:]
    frames.loc[own, "success"] = False
    frames.loc[own, list(cohort.units)] = np.nan
    sparse = replace(cohort, frames=frames)
    assert valid_shares(sparse)[first] == pytest.approx(1 / (len(own) + 1))
    results = compare(sparse, structure=False)
    assert results.tests.people.loc[first, list(cohort.units)].isna().all()
    assert "1 people have no value" in " ".join(results.tests.notes)
    assert compare(sparse, structure=False, least_valid=0.0).tests.primary["n"].max() == 20
    assert select_valid(sparse, 0.5).people.index.tolist() == cohort.people.index.tolist()


def test_the_least_detectable_effect_has_the_power_it_says():
    effect = sensitivity.least_detectable((20, 20))["alone"]
    shift, critical = effect * np.sqrt(10), stats.t.ppf(0.975, 38)
    power = stats.nct.sf(critical, 38, shift) + stats.nct.cdf(-critical, 38, shift)
    assert power == pytest.approx(0.8, abs=1e-6)
    both = sensitivity.least_detectable((20, 20), tests=19)
    assert both["corrected"] > both["alone"] == pytest.approx(effect)
    assert np.isnan(sensitivity.least_detectable((20, 1))["alone"])


def test_sensitivity_repeats_the_tests_at_every_share(cohort):
    table = sensitivity.over_shares(cohort, (0.0, 0.5))
    own = compare(cohort, structure=False, composites=()).tests.primary.set_index("unit")
    rows = table[table["least share"] == 0.5].set_index("unit")
    pd.testing.assert_series_equal(rows["p_value"], own["p_value"])


def test_attrition_counts_by_group(cohort):
    table = compare(cohort, structure=False).robustness.attrition.set_index("group")
    assert table["with a table"].to_dict() == {"0": 10, "1": 10}
    assert table["tested"].to_dict() == {"0": 10, "1": 10}
