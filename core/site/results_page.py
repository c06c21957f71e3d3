"""``docs/results.md``: every figure that was measured, generated from the files that hold it.

Nothing is typed: each section names the command that wrote its file, and a section whose file is missing
is left out.  The last line is a fingerprint of all files behind the page, by which a page that is out of
step is told (:mod:`core.site.step`).
"""

import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from core import checkpoints
from core.bridge.advice_document import shipped_advice
from core.bridge.advice_text import described_row
from core.bridge.headline import shipped_headline
from core.bridge.study import least_rates, shipped_study
from core.errors import InputError
from core.evaluation.measuring.aim_variants import read_variants
from core.evaluation.measuring.table import results_folder
from core.evaluation.results.estimates import Estimates
from core.evaluation.results.summary import as_markdown, summarise
from core.face.units.validation import read_validation, trusted_units
from core.face.units.validation import summary as unit_summary
from core.files import write_whole
from core.site.step import mark


def write_results_page(path: Path, estimates: Estimates | None = None) -> None:
    """Write the page.  Raises InputError where there are no result tables."""
    write_whole(path, results_page(estimates).encode())


def results_page(estimates: Estimates | None = None) -> str:
    """The whole page as Markdown.  Raises InputError where there are no result tables."""
    pages = Environment(
        loader=PackageLoader("core.site"), undefined=StrictUndefined, autoescape=False
    )
    pages.filters |= {"figure": _figure, "count": _count, "setting": described_row}
    text = pages.get_template("results.md").render(
        summary=as_markdown(summarise(estimates or Estimates())),
        **_benchmarks(),
        **_action_units(),
        **_bridge(),
        advice=shipped_advice(),
        variants=_variants(),
    )
    return f"{text.rstrip()}\n\n{mark()}\n"


def _variants() -> dict | None:
    document = read_variants()
    if document is None:
        return None
    return {**document, "rows": document["rows"].to_dict("records")}


def _benchmarks() -> dict:
    path = results_folder() / "benchmarks.json"
    benchmarks: Mapping = json.loads(path.read_text()) if path.is_file() else {}
    names = (
        "codec", "video speed", "video memory", "pages", "cohort", "visitors", "server memory",
        "training",
    )  # fmt: skip
    sections = {name.replace(" ", "_"): benchmarks.get(name) for name in names}
    raised = []
    if sections["cohort"]:
        sure = sections["cohort"]["calibration"]
        expected = sure["power_expected"]
        raised = [value for value in sure["power_corrected"].values() if value > expected / 2]
    return {**sections, "raised": raised}


def _action_units() -> dict:
    try:
        table, _ = read_validation()
        saw = checkpoints.card("action-units").config["saw_labels"]
    except (InputError, KeyError):
        return {"units": None, "validated": ()}
    return {"units": unit_summary(table, saw), "validated": trusted_units()}


def _bridge() -> dict:
    headline, command = shipped_headline()
    try:
        study = shipped_study()
        rates = list(least_rates(study.conclusion, trusted_units()).itertuples())
    except InputError:
        study, rates = None, []
    return {
        "headline": headline, "headline_command": command, "study": study, "study_rates": rates
    }  # fmt: skip


def _figure(value: float | None, digits: int) -> str:
    return "–" if value is None or pd.isna(value) else f"{value:.{digits}f}"


def _count(value: float | None) -> str:
    return "–" if value is None or pd.isna(value) else f"{value:,.0f}"
