"""Do groups of people differ in their action units, and would the answer survive a reviewer?

Tables in, statistics out; this is the contract between the rooms::

    tables/       files, folders, zips and uploads -> Cohort (with what was found odd)
        dialects, vendors  what the columns of OpenFace, py-feat, FaceReader, iMotions, ... mean
        sources            which files were handed over; zip bombs, gigabytes refused
        parsing            one table's bytes -> frames: clock (times), faces, values
        labels, events     who is who, when was what
        columns, spool     more frames than memory should hold: columns in files, read in pieces
    composites    which sums of units can be asked for, and why others cannot
    synthesis     a cohort of people who never lived, with an effect one can set to 0
    statistics/   one value a person: tests, confounds, covariates, conditions within persons,
                  sensitivity, curves, features, structure
    classify/     sequence classifiers with folds by person
    analysis      all of it in one go, as the page shows it: `compare`
    report/       everything in one self-contained HTML file; ``document``: everything as JSON

**Cohort** (`tables.schema.Cohort`, frozen) carries

- ``frames``, one row a frame, persons and files in blocks, in the order of their files:
  ``participant, file`` (category), ``frame`` (int32, from 0), ``time`` (float64, s on the table's own
  clock; NaN where a table has none), ``success`` (bool), ``confidence`` (float32, 0..1 or NaN), and one
  float32 column a unit, ``AU01`` .. ``AU45``: NaN wherever ``success`` is False or the value is
  missing, never 0 for a missing one.
- ``units``: the unit columns; ``composites``: sums of them that `with_composites` appended (their
  ``formulas``: unit -> weight), columns of ``frames`` too; ``measures`` is both.
- ``unit_kind``: ``intensity`` (0..5), ``probability`` (0..1) or ``presence`` (0 or 1); one cohort
  has one kind.
- ``people``: index ``participant`` (str), every participant of ``frames`` once, sorted; ``label``
  (str, or None for a person without one), ``score`` (float or NaN), and the label file's other
  columns as they are.
- ``groups``: the labels in use, the reference first (0, control, healthy ... or the first in order).
- ``events``: intervals (``start, end, label, participant``) that may overlap; ``phases`` and
  ``in_phase`` come from them.  ``conditions``: what sets a person's files apart.
- ``report``: what was found, file by file, and everything odd.
- ``synthetic``: True for a made-up cohort; whoever shows it says so.

Entry points::

    from core.cohort import compare, read_cohort
    cohort = read_cohort(["folder", "more.zip", ("upload.csv", raw_bytes)], labels="labels.csv")
    analysis = compare(cohort, phase="coping", covariates=("age", "sex"), classifiers=("forest",))
    analysis.tests.primary                             # one row a measure

``progress(done, total, text)`` callbacks are called from the caller's thread between pieces of work;
what they raise passes through, which is how work is cancelled.
"""

from importlib import import_module

_HOMES = {
    "read_cohort": "core.cohort.tables.reading",
    "who_is_who": "core.cohort.tables.reading",
    "TableReading": "core.cohort.tables.parsing",
    "LabelReading": "core.cohort.tables.labels",
    "EventReading": "core.cohort.tables.events",
    "Cohort": "core.cohort.tables.schema",
    "synthesize": "core.cohort.synthesis",
    "compare": "core.cohort.analysis",
    "Analysis": "core.cohort.analysis",
    "Choices": "core.cohort.analysis",
}
__all__ = list(_HOMES)


def __getattr__(name: str):
    """The entry points, imported when they are first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
