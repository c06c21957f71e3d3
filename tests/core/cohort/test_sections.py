"""The report's sentences and tables say what the analyses found, and nothing else."""

import pytest

from core.cohort import synthesis
from core.cohort.report import rendering, sections
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
    assert sections.outcome(tests).startswith(f"{hits} of {len(tests.primary)} measures differ")


def test_the_frames_are_told_by_how_much_they_are_wrong(tests):
    told = sections.disbelief(tests)
    assert f"{tests.frames['frames'].max():,} frames" in told
    assert f"{tests.frames['claimed'].sum()} of {len(tests.frames)} measures" in told
    assert "the same 12 faces" in told


def test_the_axis_says_which_group_minus_which(tests):
    assert "group 1 minus group 0" in sections.effect_axis(tests)


def test_methods_name_composites_and_phase(cohort, tests):
    text = " ".join(sections.methods(cohort, tests, "coping").text)
    assert "happiness = AU06 + AU12" in text
    assert "in the phase coping" in text
    assert "Welch's t-test" in text


def test_the_comparison_holds_every_test_and_every_person(tests):
    tables = {p.name: p.rows for p in sections.comparison(tests).parts if hasattr(p, "rows")}
    assert set(tables) >= {"tests", "rank_tests", "frame_level", "person_means"}
    assert len(tables["person_means"]) == 12


def test_a_clustering_never_stands_without_its_null_and_agreement(cohort):
    components = structure.principal_components(person_features(cohort, 0))
    labels = cohort.people["label"]
    found = structure.cluster_people(components, labels, "agglomerative", draws=3)
    section = sections.structured(components, [found], labels)
    row = next(p.rows for p in section.parts if getattr(p, "name", "") == "methods").iloc[0]
    assert row[["silhouette", "p against no structure", "stability", "ARI", "NMI"]].notna().all()
    html = rendering.to_html(rendering.Report("Structure", (section,)))
    assert "who joins whom" in html
