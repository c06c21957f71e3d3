"""Classification by people never seen: nothing leaks, what is planted is found, and where."""

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import Ridge as SklearnRidge
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.preprocessing import StandardScaler
from statsmodels.stats.proportion import proportion_confint

from core.cohort.classify import classification as module
from core.cohort.classify import cross_validation, fold_methods, judgement, ridge
from core.cohort.classify.classification import Rows, classify, cross_validate
from core.cohort.classify.fold_methods import ClassifierSettings
from core.errors import InputError

QUICK = ClassifierSettings(permutations=0, kernels=150, trees=15, epochs=2, threads=1, repeats=1)


# --- folds and figures ---------------------------------------------------------------------------


def _labels(*counts):
    groups = [str(g) for g, count in enumerate(counts) for _ in range(count)]
    return pd.Series(groups, index=[f"p{i:02d}" for i in range(len(groups))])


def test_every_person_is_held_out_once_with_all_their_recordings():
    labels = _labels(13, 9)
    participants = np.repeat(labels.index.to_numpy(), 3)
    held = np.zeros(len(participants), int)
    for train, test in cross_validation.splits(labels, participants, 4, seed=0):
        assert not set(participants[train]) & set(participants[test])
        assert sorted([*train, *test]) == list(range(len(participants)))
        held[test] += 1
    assert (held == 1).all()


def test_folds_hold_each_groups_share():
    table = pd.crosstab(cross_validation.person_folds(_labels(13, 9), 4, seed=1), _labels(13, 9))
    assert (table.max() - table.min() <= 1).all()
    assert table.sum(axis=1).max() - table.sum(axis=1).min() <= 1


def test_accuracies_are_those_of_scikit_learn_and_statsmodels():
    rng = np.random.default_rng(0)
    truth, predicted = rng.integers(0, 3, 50), rng.integers(0, 3, 50)
    assert cross_validation.balanced_accuracy(truth, predicted) == pytest.approx(
        metrics.balanced_accuracy_score(truth, predicted)
    )
    ours = cross_validation.accuracy_estimate(truth, predicted)
    theirs = proportion_confint((truth == predicted).sum(), 50, method="wilson")
    assert (ours.low, ours.high) == pytest.approx(theirs)


def test_fourteen_of_twenty_is_no_proof():
    truth = np.repeat([0, 1], 10)
    predicted = np.where(np.arange(20) % 10 < 7, truth, 1 - truth)
    estimate = cross_validation.accuracy_estimate(truth, predicted)
    assert (round(estimate.low, 2), round(estimate.high, 2)) == (0.48, 0.85)
    balanced = cross_validation.balanced_accuracy_estimate(truth, predicted)
    assert balanced.low < 0.5 < balanced.high


def test_a_perfect_score_still_has_an_interval():
    truth = np.repeat([0, 1], 10)
    assert 0.7 < cross_validation.balanced_accuracy_estimate(truth, truth).low < 0.95
    scores = np.stack([1.0 - truth, truth], axis=1)
    area = cross_validation.auc_estimate(truth, scores)
    assert (area.value, area.high) == (1, 1)
    assert 0.6 < area.low < 0.95


def test_the_area_and_its_variance_follow_delong():
    rng = np.random.default_rng(1)
    truth = rng.permutation(np.repeat([0, 1], [30, 20]))
    margin = rng.normal(size=50) + truth
    ours = cross_validation.auc_estimate(truth, np.stack([-margin, margin], axis=1))
    area = metrics.roc_auc_score(truth, margin)
    assert ours.value == pytest.approx(area)
    # DeLong's variance is the two-sample jackknife's up to n / (n - 1): leave out one person a time
    variance = 0.0
    for group in (0, 1):
        own = np.flatnonzero(truth == group)
        left = [metrics.roc_auc_score(np.delete(truth, i), np.delete(margin, i)) for i in own]
        variance += (len(own) - 1) / len(own) * np.square(left - np.mean(left)).sum()
    logit = [np.log(p / (1 - p)) for p in (ours.low, area, ours.high)]
    error = (logit[2] - logit[0]) / (2 * 1.959964) * area * (1 - area)
    assert error == pytest.approx(np.sqrt(variance), rel=1e-3)
    assert logit[1] - logit[0] == pytest.approx(logit[2] - logit[1])


def test_the_area_of_three_groups_is_one_against_the_rest():
    rng = np.random.default_rng(2)
    truth = np.repeat([0, 1, 2], 15)
    scores = rng.random((45, 3)) + 0.4 * np.eye(3)[truth]
    ours = cross_validation.auc_estimate(truth, scores)
    expected = np.mean([metrics.roc_auc_score(truth == g, scores[:, g]) for g in range(3)])
    assert ours.value == pytest.approx(expected)
    assert ours.low < ours.value < ours.high


def test_ridge_is_that_of_scikit_learn_with_weights_for_balance():
    rng = np.random.default_rng(3)
    x, group = rng.normal(size=(40, 90)).astype(np.float32), (np.arange(40) % 3 == 0).astype(int)
    ours = ridge.fit_ridge(x, group, np.arange(40), seed=0)
    z = StandardScaler().fit_transform(x) / np.sqrt(90)
    weight = np.where(group == 1, 40 / (2 * group.sum()), 40 / (2 * (1 - group).sum()))
    theirs = SklearnRidge(alpha=ours.strength).fit(z, 2 * group - 1, sample_weight=weight)
    np.testing.assert_allclose(ours.scores(x)[:, 1], theirs.predict(z), atol=1e-5)
    kernel = ridge.standard_kernel(x)
    every = np.arange(40)
    again = ridge.refitted_scores(kernel, kernel, group, every, seed=0)
    np.testing.assert_allclose(again, ours.scores(x), atol=1e-5)


# --- leakage -------------------------------------------------------------------------------------


def test_a_feature_that_is_the_participant_gives_chance_unless_recordings_are_split():
    labels = _labels(24, 24).sample(frac=1, random_state=0)
    labels.index = sorted(labels.index)
    participants = np.repeat(labels.index.to_numpy(), 4)
    x = np.repeat(np.arange(48.0), 4)[:, None]
    scores = cross_validate("forest", Rows(x, participants), labels, 4, 0, QUICK).scores
    own = cross_validation.by_person(scores, participants, labels.index)
    ours = cross_validation.balanced_accuracy(labels.astype(int).to_numpy(), own.argmax(axis=1))

    group = labels.reindex(participants).astype(int).to_numpy()
    by_recording = KFold(4, shuffle=True, random_state=0)
    leaky = cross_val_predict(RandomForestClassifier(30, random_state=0), x, group, cv=by_recording)
    assert cross_validation.balanced_accuracy(group, leaky) > 0.95
    assert ours < 0.68  # 48 people: chance and 2.5 standard errors


@pytest.mark.parametrize("method", ["rocket", "forest"])
def test_a_held_out_persons_data_changes_nobody_elses_held_out_score(method, bursts, make_cohort):
    series, labels = bursts(people=12, steps=120)
    folds = cross_validation.person_folds(pd.Series(labels), 3, 0)
    one, other = folds.index[folds == 0][:2]
    before = classify(make_cohort(series, labels), [method], 3, 0, None, QUICK)[0].people
    series[one] = series[one][::-1] * 5
    after = classify(make_cohort(series, labels), [method], 3, 0, None, QUICK)[0].people
    columns = ["score 0", "score 1"]
    np.testing.assert_allclose(
        after.loc[other, columns].astype(float),
        before.loc[other, columns].astype(float),
        rtol=1e-5,
        atol=1e-6,
    )
    elsewhere = before.index[before["fold"] != 0]
    assert np.abs(after.loc[elsewhere, columns] - before.loc[elsewhere, columns]).max().max() > 1e-3


def test_scaling_comes_from_the_training_rows():
    rng = np.random.default_rng(0)
    train, test = rng.normal(3, 2, size=(5, 2, 30)), rng.normal(9, 1, size=(3, 2, 30))
    train[0, 1], test[0, 1] = np.nan, np.nan
    a, b = fold_methods.scaled(train, test)
    flat = np.moveaxis(train, 1, 2).reshape(-1, 2)
    scaler = StandardScaler().fit(flat)
    np.testing.assert_allclose(
        b[1, 0], (test[1, 0] - scaler.mean_[0]) / scaler.scale_[0], rtol=1e-4
    )
    assert (a[0, 1] == 0).all()
    assert (b[0, 1] == 0).all()


# --- methods -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def found(bursts, make_cohort):
    """ROCKET and the forest on 24 people whose groups differ in the order of AU06 alone."""
    cohort = make_cohort(*bursts(people=24, steps=240))
    settings = ClassifierSettings(permutations=30, kernels=150, trees=30, threads=1, repeats=3)
    steps = []
    results = classify(
        cohort, ["rocket", "forest"], 3, 0, lambda *step: steps.append(step), settings
    )
    return cohort, {r.method: r for r in results}, steps


def test_rocket_finds_an_order_of_movement(found):
    rocket = found[1]["rocket"]
    assert rocket.balanced_accuracy.value > 0.9
    assert rocket.auc.value > 0.95
    assert rocket.p_value == pytest.approx(1 / 31)
    assert rocket.permuted.mean() == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("method", ["rocket", "forest"])
def test_the_p_value_belongs_to_the_figure_beside_it(found, method):
    result = found[1][method]
    at_least = (result.permuted >= result.balanced_accuracy.value - 1e-12).sum()
    assert result.p_value == (1 + at_least) / 31
    assert len(result.repeats) == 3
    assert result.repeats[0] == result.balanced_accuracy.value


def test_labels_that_are_not_shuffled_give_the_figure_itself(bursts, make_cohort):
    """The permutation test repeats exactly what made the figure."""
    cohort = make_cohort(*bursts(people=16, steps=120))
    labels = cohort.people["label"]
    features = module.person_features(cohort).values
    rows = Rows(features.to_numpy(), features.index.to_numpy())
    valid = cross_validate("forest", rows, labels, 4, 0, QUICK)
    for train, test, again in valid.again:
        group = labels.to_numpy()[train].astype(int)
        np.testing.assert_array_equal(again(group), valid.scores[test])


def test_confusion_roc_and_report_are_those_of_the_people(found):
    rocket = found[1]["rocket"]
    table = judgement.confusion(rocket)
    assert table.to_numpy().sum() == len(rocket.people)
    share = np.diag(table) / table.sum(axis=1)
    assert share.mean() == pytest.approx(rocket.balanced_accuracy.value)
    np.testing.assert_allclose(judgement.report(rocket)["recall"], share)
    curve = judgement.roc(rocket)
    area = np.trapezoid if hasattr(np, "trapezoid") else np.trapz
    assert area(curve["true_positive"], curve["false_positive"]) == pytest.approx(rocket.auc.value)


def test_the_forest_says_which_features_it_used(found):
    forest = found[1]["forest"]
    assert forest.importance["mean"].sum() == pytest.approx(1)
    assert forest.importance.index[0].startswith("AU")
    assert found[1]["rocket"].importance is None


def test_a_result_names_every_person_once(found):
    rocket = found[1]["rocket"]
    people = rocket.people
    assert list(people.index) == list(found[0].people.index)
    assert rocket.groups == ("0", "1")
    best = people[["score 0", "score 1"]].to_numpy().argmax(axis=1).astype(str)
    assert (best == people["predicted"]).all()
    truth, predicted = people["label"], people["predicted"]
    assert rocket.accuracy.value == pytest.approx(metrics.accuracy_score(truth, predicted))
    assert rocket.auc.value == pytest.approx(
        metrics.roc_auc_score(truth == "1", people["score 1"].astype(float))
    )
    assert list(rocket.chosen.index) == [0, 1, 2]


def test_evidence_points_at_the_unit_and_sums_to_the_difference(found):
    rocket = found[1]["rocket"]
    scores = rocket.people.groupby("label")["score 1"].mean()
    assert rocket.evidence["evidence"].sum() == pytest.approx(scores["1"] - scores["0"], rel=1e-3)
    by_unit = rocket.evidence.groupby("unit")["evidence"].sum()
    assert by_unit.idxmax() == "AU06"
    assert by_unit["AU06"] > 0.5 * by_unit.sum()
    assert rocket.evidence["time"].between(0, 8).all()


def test_progress_counts_up_to_its_total(found):
    done = [step[0] for step in found[2]]
    assert done == sorted(done)
    assert done[-1] == found[2][-1][1]
    assert any("permutation" in step[2] for step in found[2])


def test_work_is_cancelled_by_what_the_callback_raises(bursts, make_cohort):
    def stop(done, total, text):
        if "fold 2" in text:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        classify(make_cohort(*bursts(people=12, steps=60)), ["forest"], 3, 0, stop, QUICK)


def test_a_rocket_map_sums_to_its_score():
    from core.cohort.classify.rocket import Rocket

    rng = np.random.default_rng(0)
    x = rng.normal(size=(3, 2, 50)).astype(np.float32)
    rocket, weights = Rocket((2, 50), 80, seed=0, threads=1), rng.normal(size=160)
    maps = rocket.evidence(x, weights)
    assert maps.shape == x.shape
    expected = rocket.transform(x) @ weights
    np.testing.assert_allclose(maps.sum(axis=(1, 2)), expected, rtol=1e-4, atol=1e-4)


def test_multirocket_is_that_of_aeon():
    from aeon.transformations.collection.convolution_based import _multirocket as aeon

    from core.cohort.classify.multirocket import MultiRocketHydra

    x = np.random.default_rng(0).normal(size=(4, 3, 40)).astype(np.float32)
    ours = MultiRocketHydra(x, seed=0, threads=1, kernels=400)
    theirs = aeon._transform_multi.py_func(  # uncompiled: compiling it takes minutes
        x[:2], np.diff(x[:2], 1), ours._multirocket.parameter, ours._multirocket.parameter1, 4,
        ours._multirocket._indices, 0,
    )  # fmt: skip
    got = ours.multirocket(x[:2])
    assert got.shape == theirs.shape
    # biases are values of the series themselves, so that rounding decides a few comparisons
    assert np.isclose(got, theirs, rtol=1e-3, atol=1e-3).mean() > 0.99


def test_multirocket_hydra_finds_an_order_of_movement(bursts, make_cohort):
    cohort = make_cohort(*bursts(people=16, steps=120))
    result = classify(cohort, ["multirocket_hydra"], 2, 0, None, QUICK)[0]
    assert result.balanced_accuracy.value > 0.8
    assert np.isnan(result.p_value)


def test_dtw_takes_the_nearest_neighbour(make_cohort):
    rng = np.random.default_rng(0)
    series, labels = {}, {}
    for number in range(12):
        bump = np.exp(-((np.arange(60) - 25 - number) ** 2) / 50)
        level = 2.0 if number % 2 else 4.0
        series[f"p{number:02d}"] = (level * bump + 0.01 * rng.random(60))[:, None]
        labels[f"p{number:02d}"] = "high" if number % 2 == 0 else "low"
    result = classify(make_cohort(series, labels), ["dtw"], 3, 0, None, QUICK)[0]
    assert result.accuracy.value == 1
    scores = result.people[["score high", "score low"]].astype(float)
    np.testing.assert_allclose(scores.sum(axis=1), 1)


@pytest.mark.parametrize("method", ["inception", "lstm"])
def test_networks_run_in_the_same_folds_without_a_permutation_test(method, bursts, make_cohort):
    cohort = make_cohort(*bursts(people=8, steps=40))
    result = classify(cohort, [method], 2, 0, None, QUICK)[0]
    assert np.isnan(result.p_value)
    assert len(result.permuted) == 0
    scores = result.people[["score 0", "score 1"]].to_numpy(float)
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-5)


def test_three_groups_several_recordings_and_gaps_are_classified(make_cohort):
    rng = np.random.default_rng(0)
    series, labels = {}, {}
    for number in range(12):
        labels[f"p{number:02d}"] = ("healthy", "mild", "severe")[number % 3]
        for file in "ab":
            values = rng.random((60 + 5 * number, 2)) + number % 3
            values[rng.random(len(values)) < 0.2] = np.nan
            values[:, 1] = np.nan if number == 0 else values[:, 1]
            series[f"p{number:02d}", f"{number}{file}"] = values
    cohort = make_cohort(series, labels)
    rocket, forest = classify(cohort, ["rocket", "forest"], 2, 0, None, QUICK)
    assert forest.groups == ("healthy", "mild", "severe")
    assert len(rocket.people) == 12
    assert forest.balanced_accuracy.value > 0.9
    assert forest.auc.value > 0.9
    assert set(rocket.evidence["group"]) == {"healthy", "mild", "severe"}
    assert rocket.chance == pytest.approx(1 / 3)


def test_what_cannot_be_classified_is_said_all_at_once(bursts, make_cohort):
    series, labels = bursts(people=8, steps=40)
    with pytest.raises(InputError) as error:
        classify(make_cohort(series, labels), ["rocket", "magic"], 5)
    assert "'magic' is not one of" in str(error.value)
    assert str(error.value).count("fewer than the 5 folds") == 2
    with pytest.raises(InputError, match="two are needed"):
        classify(make_cohort(series, dict.fromkeys(labels, "0")), ["forest"], 2)


def test_people_without_data_count_for_no_fold(bursts, make_cohort):
    series, labels = bursts(people=8, steps=40)
    for name in list(series)[::2]:
        series[name] = np.full_like(series[name], np.nan)
    with pytest.raises(InputError, match="of 0 people only"):
        classify(make_cohort(series, labels), ["forest"], 2, 0, None, QUICK)


def test_people_without_a_label_train_nothing_and_are_not_judged(bursts, make_cohort):
    series, labels = bursts(people=10, steps=60)
    del labels["p000"], labels["p001"]
    result = classify(make_cohort(series, labels), ["forest"], 2, 0, None, QUICK)[0]
    assert len(result.people) == 8
    assert "p000" not in result.people.index


def test_the_permutation_test_calls_noise_noise():
    rng = np.random.default_rng(5)
    labels = _labels(15, 15)
    rows = Rows(rng.normal(size=(30, 2, 40)), labels.index.to_numpy())
    valid = cross_validate("rocket", rows, labels, 3, 0, ClassifierSettings(kernels=60, threads=1))
    fold = cross_validation.person_folds(labels, 3, 0)
    permuted = module.permutations(valid, rows, labels, fold, 40, 0)
    truth = labels.astype(int).to_numpy()
    observed = cross_validation.balanced_accuracy(truth, valid.scores.argmax(axis=1))
    assert permuted.mean() == pytest.approx(0.5, abs=0.06)
    assert (permuted >= observed).mean() > 0.05
    assert len(np.unique(permuted)) > 5
