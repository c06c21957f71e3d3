"""``python -m core.cohort``: from tables to JSON and a report, and sentences where that cannot be."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from core.cohort.__main__ import main
from core.cohort.analysis import formula_of
from core.cohort.statistics.frames import person_means
from core.cohort.statistics.group_tests import COLUMNS
from core.cohort.synthesis import AFFECTED
from core.cohort.tables.reading import read_cohort
from core.errors import InputError
from tests.paths import ROOT


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("cohort") / "made"
    command = f"synthesize {path} --people 16 --effect 1.5 --seed 3 --seconds 8 --fps 10"
    assert main(command.split()) == 0
    return path


@pytest.fixture(scope="module")
def compared(folder) -> dict:
    out, html = folder.parent / "out.json", folder.parent / "out.html"
    command = f"compare {folder} --labels {folder / 'labels.csv'} --json {out} --html {html}"
    command += " --with-people"
    assert main(command.split()) == 0
    return json.loads(out.read_text())


def test_the_json_holds_one_object_a_test_with_the_agreed_fields(compared, folder):
    by_unit = {test["unit"]: test for test in compared["tests"]}
    assert set(AFFECTED) < set(by_unit) and {"happiness", "sadness"} < set(by_unit)
    assert len(by_unit) == len(compared["tests"]) == 19
    cohort = read_cohort(folder)
    means, label = person_means(cohort), cohort.people["label"]
    for unit, direction in AFFECTED.items():
        test = by_unit[unit]
        assert set(COLUMNS) <= set(test)
        expected = stats.ttest_ind(
            means.loc[label == "1", unit], means.loc[label == "0", unit], equal_var=False
        )
        assert test["p_value"] == pytest.approx(expected.pvalue)
        assert test["n"] == 16
        assert np.sign(test["effect"]) == direction
        assert test["low"] < test["effect"] < test["high"]
        assert test["p_adjusted"] >= test["p_value"]


def test_the_other_sections_stand_beside_the_tests(compared):
    assert compared["synthetic"] is True
    assert compared["groups"] == [{"label": "0", "people": 8}, {"label": "1", "people": 8}]
    assert compared["frame_level"]["believe"] is False
    assert len(compared["frame_level"]["tests"]) == len(compared["rank_tests"]) == 19
    assert len(compared["people"]) == 16 and "AU12" in compared["people"][0]
    methods = {c["method"] for c in compared["structure"]["clusterings"]}
    assert {"kmeans", "agglomerative"} < methods
    assert compared["report"]["files"] == len(compared["report"]["tables"]) == 16
    assert compared["report"]["problems"] == []
    assert len(compared["settings"]["inputs (sha256)"]) == 18, "tables, labels and events"
    assert compared["settings"]["seed"] == 0
    assert "scipy" in compared["versions"]


def test_the_report_is_one_file_that_says_it_is_synthetic(compared, folder):
    html = (folder.parent / "out.html").read_text()
    assert html.startswith("<!doctype html>")
    assert "SYNTHETIC" in html and "AU12" in html


def test_a_phase_groups_and_no_composites_are_obeyed(folder, tmp_path):
    out = tmp_path / "o.json"
    command = (
        f"compare {folder} --phase coping --composites --no-structure --with-people --json {out}"
    )
    assert main([*command.split(), "--groups", "0", "1"]) == 0
    found = json.loads(out.read_text())
    assert len(found["tests"]) == 17
    assert found["structure"] is None
    cohort = read_cohort(folder)
    frames = cohort.frames[cohort.in_phase("coping")]
    first = cohort.people.index[0]
    expected = frames.loc[frames["participant"] == first, "AU12"].mean()
    person = next(p for p in found["people"] if p["participant"] == first)
    assert person["AU12"] == pytest.approx(expected, rel=1e-5)


def test_classifying_and_the_papers_protocol_are_there_when_asked(folder, tmp_path):
    out = tmp_path / "o.json"
    command = f"compare {folder} --no-structure --with-people --json {out} --seed 2"
    asked = "--classifiers forest --folds 3 --permutations 3 --repeats 2 --paper-protocol"
    assert main([*command.split(), *asked.split(), "--shuffles", "1"]) == 0
    found = json.loads(out.read_text())
    (forest,) = found["classify"]
    assert forest["method"] == "forest" and forest["people"] == 16
    assert len(forest["permuted"]) == 3
    assert 0 <= forest["balanced_accuracy"]["value"] <= 1
    assert {p["participant"] for p in forest["predictions"]} == {
        p["participant"] for p in found["people"]
    }
    assert {row["protocol"] for row in found["paper_protocol"]["accuracy"]} == {"paper", "ours"}


def test_what_a_small_cohort_does_not_allow_is_told_and_the_rest_is_done(tmp_path, capsys):
    assert main(f"synthesize {tmp_path / 'few'} --people 4 --seconds 4 --fps 10".split()) == 0
    command = f"compare {tmp_path / 'few'} --no-structure --classifiers rocket --json {tmp_path / 'o.json'}"
    assert main(command.split()) == 0
    assert "classify was not done" in capsys.readouterr().out
    assert len(json.loads((tmp_path / "o.json").read_text())["tests"]) == 19


def test_nothing_to_compare_is_a_sentence_and_no_traceback(tmp_path, folder):
    table = next(folder.glob("synthetic_*.csv"))
    done = subprocess.run(
        [sys.executable, "-m", "core.cohort", "compare", str(table)],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.returncode == 2
    assert "nothing to compare" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("compare /nowhere", "does not exist"),
        ("synthesize {tmp} --people 5", "two equal groups"),
        ("compare {folder} --phase lunch", "latency, ei, coping, training"),
        ("compare {folder} --composites joy", "'joy'"),
        ("compare {folder} --groups 0 2", "cannot be compared"),
        ("compare {folder} --pattern (", "regular expression"),
        ("compare {folder} --labels {tmp}/none.csv", "none.csv is no file"),
    ],
)
def test_wrong_arguments_are_answered_with_a_sentence(command, told, folder, tmp_path, capsys):
    assert main(command.format(folder=folder, tmp=tmp_path).split()) == 2
    assert told in capsys.readouterr().err


@pytest.mark.slow
def test_a_reader_that_leaves_early_ends_it_in_silence(folder):
    command = (
        f"{sys.executable} -m core.cohort compare {folder} --no-structure --json - | head -c 300"
    )
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.startswith('{\n "schema": 1')
    assert "Traceback" not in done.stderr and "Warning" not in done.stderr


@pytest.mark.slow
def test_no_warning_of_a_library_reaches_the_terminal(tmp_path):
    """One unit never moves, one person has no face for long, groups are tiny."""
    assert main(f"synthesize {tmp_path / 's'} --people 6 --seconds 4 --fps 10".split()) == 0
    for path in (tmp_path / "s").glob("synthetic_*.csv"):
        lines = path.read_text().splitlines()
        cut = [line.rsplit(",", 1)[0] + ",0" for line in lines[1:]]
        path.write_text("\n".join([lines[0], *cut, ""]))
    done = subprocess.run(
        [sys.executable, "-m", "core.cohort", "compare", str(tmp_path / "s"), "--within", "phase"],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr + done.stdout


def test_who_joins_whom_is_shown_before_anything_is_computed(folder, capsys):
    capsys.readouterr()
    assert main(f"join {folder} --rename 1=patient".split()) == 0
    printed = capsys.readouterr().out
    assert "synthetic_001.csv" in printed and "patient" in printed and "events" in printed


def test_labels_merge_covariates_and_composites_of_ones_own_are_obeyed(folder, tmp_path):
    labels = (folder / "labels.csv").read_text().splitlines()
    rows = [f"{line},{20 + i}" for i, line in enumerate(labels[1:])]
    (tmp_path / "labels.csv").write_text("\n".join([labels[0] + ",age", *rows, ""]))
    out = tmp_path / "o.json"
    command = f"compare {folder} --labels {tmp_path / 'labels.csv'} --no-structure --json {out}"
    asked = ["--rename", "0=control", "--covariates", "age", "--least-valid", "0.4"]
    asked += ["--composites", "smile = AU06 + 0.5 AU12", "happiness"]
    assert main([*command.split(), *asked]) == 0
    content = json.loads(out.read_text())
    assert [group["label"] for group in content["groups"]] == ["control", "1"]
    assert content["composites"]["smile"] == {"AU06": 1.0, "AU12": 0.5}
    assert content["adjusted"]["covariates"] == ["age"]
    assert len(content["adjusted"]["groups"]) == 19
    assert content["settings"]["least_valid"] == 0.4
    assert content["settings"]["labels: rename"] == {"0": "control"}
    assert "people" not in content


@pytest.mark.parametrize(
    "text", ["smile", "smile =", "smile = AU6", "= AU06", "smile = AU06 AU12 x"]
)
def test_what_is_no_formula_is_refused(text):
    with pytest.raises(InputError, match="is no composite"):
        formula_of(text)


def test_a_formula_has_a_name_units_and_weights():
    assert formula_of("smile = AU06 + 0.5 AU12 - 2*AU15") == (
        "smile",
        {"AU06": 1.0, "AU12": 0.5, "AU15": -2.0},
    )


def test_an_error_never_hides_the_remarks_that_explain_it(folder, tmp_path, capsys):
    """Everybody of one group is left out: that there is nothing to compare needs the reason."""
    labels = tmp_path / "labels.csv"
    labels.write_text("participant,label\nsynthetic_001,0\nsynthetic_002,0\nmissing,1\n")
    tables = [str(folder / f"synthetic_00{i}.csv") for i in (1, 2)]
    assert main(["compare", *tables, "--labels", str(labels)]) == 2
    said = capsys.readouterr()
    assert "nothing to compare" in said.err
    assert "missing has a label and no file" in said.out
    assert main(["compare", *tables, "--labels", str(labels), "--json", "-"]) == 2
    said = capsys.readouterr()
    assert said.out == "" and "missing has a label and no file" in said.err


def test_the_heading_and_the_measures_of_the_structure_are_those_named(folder, tmp_path):
    out, html = tmp_path / "o.json", tmp_path / "o.html"
    command = f"compare {folder} --json {out} --html {html} --structure-of happiness sadness"
    assert main([*command.split(), "--title", "Faces <of> people"]) == 0
    content = json.loads(out.read_text())
    features = {row["feature"] for row in content["structure"]["loadings"]}
    assert features == {"happiness mean", "sadness mean"}
    assert "Faces &lt;of&gt; people</h1>" in html.read_text()
