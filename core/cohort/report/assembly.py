"""An analysis as a report: which sections, in which order, and what of people goes in."""

from collections.abc import Mapping
from dataclasses import asdict

from core.cohort.analysis import Analysis
from core.cohort.report import sections
from core.cohort.report.classify_section import careless, classified
from core.cohort.report.methods_section import methods
from core.cohort.report.rendering import Report, Section
from core.cohort.report.structure_section import structured
from core.cohort.tables.events import EventReading
from core.cohort.tables.labels import LabelReading
from core.cohort.tables.parsing import TableReading


def report_of(
    analysis: Analysis,
    settings: Mapping[str, object],
    title: str = "",
    with_people: bool = False,
) -> Report:
    """The analysis as a report: findings first, then how they were made.

    Without ``with_people`` nothing in it belongs to a single person: no ids, file names, labels,
    scores or values of people.
    """
    cohort, tests = analysis.cohort, analysis.tests
    parts: list[Section] = []
    if tests is not None:
        parts.append(sections.comparison(tests, with_people))
    if analysis.within is not None:
        parts.append(sections.within_persons(analysis.within, with_people))
    parts.insert(1, sections.recorded_alike(analysis.audit))
    if analysis.curves or analysis.by_phase:
        parts.append(sections.over_time(analysis.curves, analysis.by_phase))
    if analysis.adjusted is not None:
        parts.append(sections.adjusted(analysis.adjusted))
    if analysis.robustness is not None:
        parts.append(sections.robustness(analysis.robustness, len(cohort.groups)))
    if analysis.components is not None:
        label = cohort.people["label"]
        structure = (analysis.components, analysis.clusterings, label, with_people, analysis.course)
        parts.append(structured(*structure))
    if analysis.classifications:
        parts.append(classified(analysis.classifications, with_people))
    if analysis.protocol is not None:
        parts.append(careless(analysis.protocol))
    parts += [methods(analysis), sections.tables_read(analysis.whole, with_people)]
    if analysis.refused:
        lines = tuple(f"{what} was not done: {why}" for what, why in analysis.refused.items())
        parts.append(Section("What could not be done", lines))
    return Report(title or "Do the groups differ?", tuple(parts), settings, cohort.synthetic)


def settings_of(
    analysis: Analysis, reading: Mapping[str, object], with_people: bool = False
) -> dict[str, object]:
    """Everything that somebody needs to make the analysis again: how tables were read, every choice,
    and the sha256 of each input (with its name only ``with_people``).
    """
    files = [(f.name, f.sha256) for f in analysis.whole.report.files if f.used and f.sha256]
    files += [(name, sha256) for _, name, sha256 in analysis.whole.report.extras]
    inputs = [f"{name} {digest}" if with_people else digest for name, digest in files]
    choices = analysis.choices.settings()
    choices["composites"] = list(analysis.cohort.composites)
    choices["formulas"] = {n: dict(f) for n, f in analysis.cohort.formulas.items()}
    return dict(reading) | choices | {"inputs (sha256)": sorted(inputs)}


def reading_settings(
    pattern: str, tables: TableReading, labels: LabelReading, events: EventReading
) -> dict[str, object]:
    """How a cohort was read, by name."""
    parts = (("", asdict(tables)), ("labels: ", asdict(labels)), ("events: ", asdict(events)))
    named = {f"{where}{name}": value for where, part in parts for name, value in part.items()}
    return {"pattern": pattern} | named
