"""Do groups of people differ in their action units, and would the answer survive a reviewer?

Tables in, statistics out; this is the contract between the modules::

    dialects     what the columns of OpenFace, OpenDBM, py-feat, LibreFace, ... mean
    sources      which files were handed over; zip bombs, escaping entries, gigabytes refused
    parsing      one table's bytes -> frames, and everything odd about them
    tables       files, folders, zips and uploads  ->  Cohort (with what was found odd)
    labels       labels.csv, the event log, participant ids from file names
    synthesis    a cohort of people who never lived, with an effect one can set to 0
    frames       one value a person; why one value a frame must not be tested
    statistics   Cohort -> Tests: Welch, Mann-Whitney, Hedges' g, Benjamini-Hochberg, ...
    calibration  how often the tests are wrong and right, over many synthetic cohorts
    curves       Cohort -> mean over people at each moment, with intervals over people
    features     Cohort -> one row a person (label-free), windows, sequences
    structure    PCA and clusterings of people beside their null and their agreement with labels
    document     all of it in one go, as JSON (``tests``, one object each) or as a report
    report       everything in one self-contained HTML file

**Cohort** (`schema.Cohort`, frozen) carries

- ``frames``, one row a frame, persons and files in blocks, in the order of their files:
  ``participant, file`` (category), ``frame`` (int32, from 0), ``time`` (float64, s; NaN where a
  table has none), ``success`` (bool), ``confidence`` (float32, 0..1 or NaN), ``phase`` (category,
  NaN outside all phases), and one float32 column a unit, ``AU01`` .. ``AU45``: NaN wherever
  ``success`` is False or the value is missing, never 0 for a missing one.
- ``units``: the unit columns; ``composites``: sums of them that `with_composites` appended, columns
  of ``frames`` too; ``measures`` is both, the columns that analyses run over.
- ``unit_kind``: ``intensity`` (0..5), ``probability`` (0..1) or ``presence`` (0 or 1); one cohort
  has one kind.
- ``people``: index ``participant`` (str), every participant of ``frames`` once, sorted; ``label``
  (str, or None for a person without one), ``score`` (float or NaN), and the label file's other
  columns as they are.
- ``groups``: the labels in use, the reference first (0, control, healthy ... or the first in order).
- ``report``: what was found, file by file, and everything odd.
- ``synthetic``: True for a made-up cohort; whoever shows it says so.

Entry points::

    cohort = tables.read_cohort(["folder", "more.zip", ("upload.csv", raw_bytes)], labels="labels.csv")
    cohort = synthesis.synthesize(people=100, effect=0.8, seed=1)
    cohort = frames.select_phase(frames.with_composites(cohort, ["happiness"]), "coping")
    means = frames.person_means(cohort)                # people x measures, NaN where none
    tests = statistics.compare(cohort)                 # Tests; tests.primary is the table
    curve = curves.mean_curves(cohort, "AU12")         # group, time, mean, low, high, n

``progress(done, total, text)`` callbacks are called from the caller's thread between pieces of work;
what they raise passes through, which is how work is cancelled.
"""
