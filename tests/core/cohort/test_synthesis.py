"""The synthetic cohort: the effect that is asked for is there, and with none nothing is."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from core.cohort.statistics.frames import effective_size, person_means
from core.cohort.synthesis import AFFECTED, PHASES, groups, levels, synthesize, write_synthetic
from core.cohort.tables.reading import read_cohort
from core.errors import InputError
from core.facs import UNITS
from tests.benchmarks.cohort_calibration import calibrate, expected_power


def cohens_d(cohort) -> pd.Series:
    """Group 1 minus group 0 over the pooled standard deviation, per unit."""
    means, label = person_means(cohort), cohort.people["label"]
    one, zero = means[label == "1"], means[label == "0"]
    return (one.mean() - zero.mean()) / np.sqrt((one.var() + zero.var()) / 2)


@pytest.fixture(scope="module")
def null():
    return calibrate(200, people=24, effect=0.0, seconds=6, fps=20)


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("effect", [0.8, -0.3])
def test_the_measured_effect_over_500_people_is_the_one_asked_for(effect, seed):
    d = cohens_d(synthesize(500, effect, seed, seconds=4, fps=10))
    for unit, direction in AFFECTED.items():
        assert d[unit] == pytest.approx(direction * effect, abs=0.05)
    others = d.drop(list(AFFECTED))
    assert others.abs().max() < 0.4 and others.std() > 0.03  # no effect, and sampling error


def test_without_an_effect_p_values_over_people_are_uniform(null):
    p = null.uniformity()
    # 17 tests of uniformity; the smallest of 17 uniform values is below 0.0005 once in 120 times
    assert p.min() > 0.0005
    assert stats.kstest(p, "uniform").pvalue > 0.01


def test_without_an_effect_few_cohorts_show_a_corrected_hit_and_frames_claim_one_always(null):
    assert null.any_hit <= 0.08
    assert null.any_frame_hit > 0.95
    assert null.frame_hits > 0.3


def test_power_with_50_and_50_people_is_what_the_noncentral_t_expects():
    found = calibrate(40, people=100, effect=0.8, seed=1000, seconds=2, fps=8).power()
    expected = expected_power(0.8, 100)
    assert expected == pytest.approx(0.977, abs=0.002)
    affected = found[found["affected"]]
    assert affected["raw"].mean() == pytest.approx(expected, abs=0.04)
    assert affected["corrected"].min() > 0.8
    assert found.loc[~found["affected"], "raw"].mean() < 0.1


def test_a_sampled_cohort_varies_around_the_population_effect():
    found = []
    for seed in range(60):
        level, group = levels(100, 0.8, seed, sampled=True)["AU04"], groups(100, seed)
        one, zero = level[group == 1], level[group == 0]
        found.append((one.mean() - zero.mean()) / np.sqrt((one.var() + zero.var()) / 2))
    assert np.mean(found) == pytest.approx(0.8, abs=0.1)
    assert np.std(found) == pytest.approx(0.2, abs=0.07)  # sqrt(4 / n)


def test_written_tables_read_back_as_the_same_cohort(tmp_path):
    write_synthetic(tmp_path / "s", 6, 0.5, seed=3, seconds=8, fps=25)
    read = read_cohort(tmp_path / "s")
    made = synthesize(6, 0.5, seed=3, seconds=8, fps=25)
    assert read.synthetic and made.synthetic
    columns = [c for c in made.frames if c not in ("participant", "file")]
    pd.testing.assert_frame_equal(read.frames[columns], made.frames[columns])
    for column in ("participant", "file"):
        assert (read.frames[column].astype(str) == made.frames[column].astype(str)).all()
    pd.testing.assert_frame_equal(read.people[["label", "score"]], made.people[["label", "score"]])
    assert read.phases == PHASES
    assert {p.kind for p in read.report.all_problems} == set()
    assert {f.dialect for f in read.report.files} == {"OpenFace 2"}


def test_faces_get_lost_values_stay_on_the_scale_and_frames_resemble_their_neighbours():
    cohort = synthesize(4, 0.0, seed=5, seconds=60)
    x = cohort.frames[list(UNITS)]
    assert 0.005 < 1 - cohort.frames["success"].mean() < 0.1
    assert x[~cohort.frames["success"]].isna().all(axis=None)
    assert x[cohort.frames["success"]].notna().all(axis=None)
    assert x.min(axis=None) >= 0 and x.max(axis=None) <= 5
    first = x[(cohort.frames["participant"] == cohort.people.index[0]).to_numpy()]
    assert (effective_size(first.to_numpy()) < len(first) / 10).all()


def test_the_seed_decides_everything():
    one, same, other = (synthesize(4, 0.5, s, seconds=2, fps=10) for s in (1, 1, 2))
    pd.testing.assert_frame_equal(one.frames, same.frames)
    assert not one.frames["AU01"].equals(other.frames["AU01"])


def test_names_do_not_tell_the_group():
    label = synthesize(200, 1.0, seed=0, seconds=1, fps=8).people["label"]
    assert label.value_counts().to_dict() == {"0": 100, "1": 100}
    assert abs((label.iloc[:100] == "1").mean() - 0.5) < 0.2


def test_numbers_that_make_no_cohort_are_all_listed():
    with pytest.raises(InputError, match=r"7 people.*effect of 9.*no recording"):
        synthesize(7, 9.0, seed=0, seconds=0)


def test_a_folder_with_other_tables_is_left_alone(tmp_path):
    (tmp_path / "mine.csv").write_text("x")
    with pytest.raises(InputError, match="empty folder"):
        write_synthetic(tmp_path, 4, 0.0, seed=0, seconds=1)
