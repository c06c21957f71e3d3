"""The page of results: in step with the files behind it, and only what the files hold."""

import json
import re
import shutil

import pytest

from core import checkpoints
from core.errors import InputError
from core.evaluation.measuring.table import Provenance, write_results
from core.evaluation.results import cache
from core.evaluation.results.comparison import compare
from core.evaluation.results.estimates import Estimates
from core.site import readme_figures, results_page, step
from tests.core.evaluation.made_up import made_up_rows
from tests.paths import ROOT


@pytest.fixture
def tables(tmp_path, monkeypatch):
    """A folder of checkpoints with two small tables and a benchmark."""
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(tmp_path))
    monkeypatch.setattr(
        results_page, "summarise", lambda known: {"classifiers": [], "rows": len(known.rows)}
    )
    monkeypatch.setattr(results_page, "as_markdown", lambda made: f"{made['rows']} rows")
    provenance = Provenance("0", 0, {}, {}, "the command")
    write_results(made_up_rows("baseline"), "baseline", provenance)
    speed = {"frames a second": {"landmarks and blendshapes": 123.4}}
    memory = {"clips": [{"peak_mb": 700, "seconds of video": 60}]}
    benchmarks = {"video speed": speed, "video memory": memory}
    (tmp_path / "results" / "benchmarks.json").write_text(json.dumps(benchmarks))
    return tmp_path


def test_figures_come_from_the_files_and_sections_without_a_file_are_left_out(tables):
    page = results_page.results_page()
    assert "| landmarks and blendshapes | 123 |" in page and "700 MB for 1 minutes" in page
    assert re.search(r"\d+ rows", page)
    for absent in ("## Cohorts", "## Pages", "## A study", "## Action units"):
        assert absent not in page


def test_a_page_is_out_of_step_as_soon_as_a_file_changes(tables):
    page = results_page.results_page()
    assert step.is_in_step(page)
    path = tables / "results" / "benchmarks.json"
    path.write_text(path.read_text().replace("123.4", "124.4"))
    assert not step.is_in_step(page)


def test_without_tables_the_command_says_how_to_make_them(tmp_path, monkeypatch, capsys):
    from core.site.__main__ import main

    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(tmp_path))
    assert main(["results", "--out", str(tmp_path / "results.md")]) == 2
    assert "python -m core.evaluation run" in capsys.readouterr().err
    assert not (tmp_path / "results.md").exists()


def test_every_section_is_filled_from_the_shipped_files(monkeypatch, tmp_path):
    shutil.copytree(
        checkpoints.folder(), tmp_path / "checkpoints",
        ignore=shutil.ignore_patterns("*.safetensors", "*.mp4", "*.png"),
    )  # fmt: skip
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(tmp_path / "checkpoints"))
    monkeypatch.setattr(results_page, "summarise", lambda known: {})
    monkeypatch.setattr(results_page, "as_markdown", lambda made: "the tables")
    page = results_page.results_page()
    headings = re.findall(r"^## (.+)$", page, re.MULTILINE)
    for wanted in (
        "Accuracy and rate",
        "Speed of the codec",
        "Action units",
        "Video",
        "Pages",
        "Cohorts",
    ):
        assert wanted in headings
    assert "nan" not in page.lower().replace("financ", "")


def test_the_page_in_docs_is_in_step_with_the_shipped_files():
    page = (ROOT / "docs" / "results.md").read_text()
    assert step.is_in_step(page), "run make docs"


def test_the_figures_of_the_readme_are_in_step_too():
    assert step.is_in_step((ROOT / "README.md").read_text()), "run make docs"


def test_the_estimates_that_ship_are_of_the_shipped_tables_and_of_this_code():
    assert cache.shipped_is_current(), "run make docs"


def test_a_shipped_estimate_is_what_its_rows_give():
    known = Estimates()
    rows = known.rows[known.rows["method"].isin(["jpeg", "baseline"])]
    settings = {"data": "photographs", "quality": "psnr"}
    assert known.comparisons("jpeg", "baseline", **settings) == compare(
        rows, "jpeg", "baseline", **settings
    )


def test_a_readme_without_its_marks_is_left_alone(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text("# Nothing here")
    with pytest.raises(InputError, match="has no lines"):
        readme_figures.update_readme(readme)
    assert readme.read_text() == "# Nothing here"
