"""The report's sentences and tables say what the analyses found, and nothing else."""

from dataclasses import replace

import pytest

from core.cohort import synthesis
from core.cohort.analysis import compare
from core.cohort.report import findings, rendering, sections
from core.cohort.report.methods_section import methods
from core.cohort.report.structure_section import structured
from core.cohort.statistics import frames, group_tests, structure
from core.cohort.statistics.features import person_features


@pytest.fixture(scope="module")
def cohort():
    made = synthesis.synthesize(12, 2.0, 1, seconds=10, fps=10)
    return frames.with_composites(made, ["happiness"])


@pytest.fixture(scope="module")
def tests(cohort):
    return group_tests.compare_groups(cohort)


def test_the_outcome_counts_what_survives_correction(tests):
    hits = int((tests.primary["p_adjusted"] < 0.05).sum())
    assert findings.outcome(tests).startswith(f"{hits} of {len(tests.primary)} measures differ")


def test_the_frames_are_told_by_how_much_they_are_wrong(tests):
    told = findings.disbelief(tests)
    assert f"{tests.frames['frames'].max():,} frames" in told
    assert f"{tests.frames['claimed'].sum()} of {len(tests.frames)} measures" in told
    assert "the same 12 faces" in told


def test_the_axis_says_which_group_minus_which(tests):
    assert "group 1 minus group 0" in findings.effect_axis(tests)


def test_methods_name_composites_and_phase(cohort):
    analysis = compare(cohort, phase="coping", structure=False, composites=("happiness",))
    text = " ".join(methods(analysis).text)
    assert "happiness = AU06 + AU12" in text
    assert "in the phase coping" in text
    assert "Welch's t-test" in text


def test_the_comparison_holds_every_test_and_every_person(tests):
    for with_people in (True, False):
        section = sections.comparison(tests, with_people)
        tables = {p.name: p.rows for p in section.parts if hasattr(p, "rows")}
        assert set(tables) >= {"tests", "rank_tests", "frame_level"}
        assert ("person_means" in tables) is with_people
    assert len(sections.comparison(tests, True).parts[-1].rows) == 12


def test_a_clustering_never_stands_without_its_null_and_agreement(cohort):
    components = structure.principal_components(person_features(cohort, 0))
    labels = cohort.people["label"]
    found = structure.cluster_people(components, labels, "agglomerative", draws=3)
    section = structured(components, [found], labels)
    row = next(p.rows for p in section.parts if getattr(p, "name", "") == "methods").iloc[0]
    assert row[["silhouette", "p against no structure", "stability", "ARI", "NMI"]].notna().all()
    html = rendering.to_html(rendering.Report("Structure", (section,)))
    assert "who joins whom" in html


def test_a_rank_test_that_disagrees_stands_in_the_headline(tests):
    ranks = tests.ranks.assign(p_adjusted=[0.001] + [1.0] * (len(tests.ranks) - 1))
    unit = ranks["unit"].iloc[0]
    primary = tests.primary.assign(p_adjusted=1.0)
    sentence = findings.outcome(replace(tests, ranks=ranks, primary=primary))
    assert sentence.startswith("0 of ") and f"finds 1 ({unit})" in sentence
    agreeing = findings.outcome(replace(tests, ranks=ranks.assign(p_adjusted=1.0), primary=primary))
    assert "rank test" not in agreeing
