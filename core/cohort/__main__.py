"""``python -m core.cohort compare | join | synthesize``: the cohort's analyses in a terminal."""

import argparse
import sys

from core import cli
from core.facs import COMPOSITES

RESEARCH = "Research use only: nothing here is a diagnosis."


def main(arguments: list[str] | None = None) -> int:
    """Runs a command; 0 when done, 2 for input that cannot be used, 130 when interrupted."""
    given = _parser().parse_args(arguments)
    return cli.run(given.work, given)


def _parser() -> argparse.ArgumentParser:
    parser = cli.parser("core.cohort", "Do groups of people differ in their action units?")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_compare(commands)
    _add_join(commands)
    _add_synthesize(commands)
    return parser


def _add_reading(command: argparse.ArgumentParser) -> None:
    """The options of who is who and when was what."""
    command.add_argument("tables", nargs="+", metavar="TABLES", help="tables, folders or zips")
    reading = command.add_argument_group("labels and events")
    reading.add_argument(
        "--labels", metavar="CSV", help="who is who: participant,label[,score,age,...]"
    )
    reading.add_argument(
        "--events", metavar="CSV", help="an event log: timestamp,label[,end][,participant]"
    )
    reading.add_argument(
        "--pattern",
        metavar="REGEX",
        help="finds the participant in a file's name, and in a group (?P<condition>...) what sets "
        "a person's files apart (default: the name without what programs append)",
    )
    reading.add_argument(
        "--id", metavar="COLUMN", default="", help="participants in the label file"
    )
    reading.add_argument("--label", metavar="COLUMN", default="", help="labels in the label file")
    reading.add_argument("--score", metavar="COLUMN", default="", help="scores in the label file")
    reading.add_argument(
        "--rename",
        nargs="+",
        default=[],
        metavar="OLD=NEW",
        help="labels that become others, as 0.5=1; OLD= leaves its people out",
    )
    reading.add_argument("--time", metavar="COLUMN", default="", help="times in the event log")
    reading.add_argument("--event", metavar="COLUMN", default="", help="labels in the event log")
    reading.add_argument(
        "--zero",
        metavar="LABEL",
        default="",
        help="the event that begins the recording, for logs of clock times (default: the first)",
    )


def _add_compare(commands) -> None:
    c = cli.command(
        commands,
        "compare",
        "do the groups differ?",
        "python -m core.cohort compare tables/ --labels labels.csv --html report.html\n\n"
        + RESEARCH,
        words=("cohort", "composite", "presence", "interval"),
    )
    c.set_defaults(work=_compare)
    _add_reading(c)
    reading = c.add_argument_group("tables")
    reading.add_argument(
        "--cutoff", type=cli.number(0, 1), default=0.0, help="least confidence, 0..1 (default: 0)"
    )
    reading.add_argument(
        "--limit",
        action="append",
        default=[],
        metavar="NAME>=VALUE",
        help="a limit of quality that a frame must keep, again for more: confidence, presence, "
        "face_width (pixels), sharpness, occlusion (0..1), yaw, pitch, roll (degrees), with >= or <=",
    )
    reading.add_argument(
        "--fps", type=cli.number(above=0), help="frames per second, where times lack or are wrong"
    )
    reading.add_argument(
        "--time-unit",
        choices=("s", "ms"),
        help="what times count in (default: as the program does)",
    )
    reading.add_argument(
        "--events-from-start",
        action="store_true",
        help="event logs count from each recording's beginning, not on the tables' clock",
    )
    reading.add_argument(
        "--faces",
        choices=("follow", "first"),
        default="follow",
        help="whose rows count where a frame has several: the face that is followed by id or place, "
        "or the first row (default: follow)",
    )
    reading.add_argument(
        "--thin",
        type=cli.number(above=0),
        metavar="FPS",
        help="frames per second to keep, each the mean of those it stands for (default: all); more "
        "than some millions of frames are read and compared from disk",
    )
    reading.add_argument(
        "--unit-order",
        nargs="+",
        default=[],
        metavar="UNIT",
        help="the units of OpenFace 3's outputs 1 to 8, which its tables do not name",
    )
    _add_choices(c)
    out = c.add_argument_group("output")
    cli.add_json(out, "everything, with one object a test,")
    out.add_argument(
        "--html", metavar="PATH", type=cli.output_path, help="write a report in one file"
    )
    out.add_argument("--title", default="", metavar="TEXT", help="the report's heading")
    out.add_argument(
        "--with-people",
        action="store_true",
        help="put ids, file names, labels and values of single people into both",
    )


def _add_choices(c: argparse.ArgumentParser) -> None:
    part = c.add_argument_group("what is compared")
    part.add_argument("--phase", metavar="NAME", default="", help="compare within this phase only")
    part.add_argument("--groups", nargs="+", default=[], metavar="LABEL", help="these groups only")
    part.add_argument(
        "--composites",
        nargs="*",
        metavar="NAME",
        help=f"of {', '.join(COMPOSITES)}, or of your own such as 'smile = AU06 + 0.5 AU12'; without "
        "names: none (default: happiness and sadness)",
    )
    part.add_argument(
        "--least-valid",
        type=cli.number(0, 1),
        default=0.5,
        help="least share of a person's frames with a face (default: 0.5)",
    )
    part.add_argument(
        "--covariates",
        nargs="+",
        default=[],
        metavar="COLUMN",
        help="columns of the label file to adjust for, such as age sex",
    )
    part.add_argument(
        "--within", choices=("phase", "condition"), default="", help="compare within persons too"
    )
    more = c.add_argument_group("beyond the tests")
    more.add_argument("--no-structure", action="store_true", help="no components and clusters")
    more.add_argument(
        "--features",
        choices=("Means", "Distributions", "Windows", "Course"),
        default="Means",
        help="what people are laid out by (default: Means)",
    )
    more.add_argument(
        "--structure-of",
        nargs="+",
        default=[],
        metavar="MEASURE",
        help="units and composites that people are laid out by (default: all units)",
    )
    more.add_argument(
        "--clusters", type=cli.whole(2), help="how many (default: the best silhouette)"
    )
    more.add_argument(
        "--curves", nargs="+", default=[], metavar="MEASURE", help="measures drawn over time"
    )
    more.add_argument("--bins", type=cli.whole(2), default=60, help="pieces of time (default: 60)")
    more.add_argument(
        "--relative", action="store_true", help="time as a share of each recording's length"
    )
    more.add_argument(
        "--classifiers",
        nargs="+",
        default=[],
        metavar="NAME",
        help="rocket, multirocket_hydra, forest, dtw, inception or lstm, by nested cross-validation",
    )
    more.add_argument("--folds", type=cli.whole(2), default=5, help="of people (default: 5)")
    more.add_argument(
        "--repeats",
        type=cli.whole(1),
        help="of the cross-validation, with other folds (default: 10; networks: 1)",
    )
    more.add_argument(
        "--permutations", type=cli.whole(0), default=200, help="label shuffles (default: 200)"
    )
    more.add_argument(
        "--paper-protocol",
        action="store_true",
        help="run a flawed published protocol beside ours and show the gap",
    )
    more.add_argument("--shuffles", type=cli.whole(1), default=20, help="of it (default: 20)")
    cli.add_seed(more, "folds, shuffles and clusters")


def _add_join(commands) -> None:
    j = cli.command(
        commands,
        "join",
        "show which participant and label each file gets, before anything is computed",
        "python -m core.cohort join tables/ --labels labels.csv",
    )
    j.set_defaults(work=_join)
    _add_reading(j)


def _add_synthesize(commands) -> None:
    s = cli.command(
        commands,
        "synthesize",
        "write people who never lived",
        "python -m core.cohort synthesize people/ --people 40 --effect 0.8",
    )
    s.set_defaults(work=_synthesize)
    s.add_argument(
        "folder",
        type=cli.folder_path,
        metavar="FOLDER",
        help="where the tables, labels and events go",
    )
    s.add_argument(
        "--people", type=cli.whole(4), default=100, help="even; two equal groups (default: 100)"
    )
    s.add_argument(
        "--effect",
        type=cli.number(-3, 3),
        default=0.0,
        help="Cohen's d of the person means, group 1 minus group 0 (default: 0)",
    )
    cli.add_seed(s, "the people")
    s.add_argument(
        "--seconds", type=cli.number(above=0), default=60.0, help="of a recording (default: 60)"
    )
    s.add_argument(
        "--fps", type=cli.number(above=0), default=30.0, help="frames per second (default: 30)"
    )
    s.add_argument(
        "--sampled",
        action="store_true",
        help="the effect is the population's and varies from cohort to cohort, as for power; "
        "otherwise it is that of these very people",
    )


def _synthesize(given: argparse.Namespace) -> None:
    from core.cohort.synthesis import write_synthetic
    from core.progress import TerminalProgress

    with TerminalProgress() as progress:
        folder = write_synthetic(
            given.folder,
            given.people,
            given.effect,
            given.seed,
            given.seconds,
            given.fps,
            given.sampled,
            progress=progress,
        )
    print(f"{given.people} synthetic people in {folder}, with labels.csv and events.csv.")


def _join(given: argparse.Namespace) -> None:
    from core.cohort.tables.pattern import DEFAULT_PATTERN
    from core.cohort.tables.reading import who_is_who

    table = who_is_who(
        given.tables,
        given.labels,
        given.events,
        given.pattern or DEFAULT_PATTERN,
        _label_reading(given),
    )
    print(table.fillna("-").to_string(index=False))


def _label_reading(given: argparse.Namespace):
    from core.cohort.tables.labels import LabelReading
    from core.errors import InputError

    wrong = [text for text in given.rename if "=" not in text]
    if wrong:
        raise InputError(f"--rename takes OLD=NEW, not {', '.join(map(repr, wrong))}.")
    rename = dict(text.split("=", 1) for text in given.rename)
    return LabelReading(given.id, given.label, given.score, rename)


def _compare(given: argparse.Namespace) -> None:
    from core.cohort import terminal
    from core.cohort.analysis import compare
    from core.cohort.document import document
    from core.cohort.quiet import quiet_libraries
    from core.cohort.report import rendering
    from core.cohort.report.assembly import report_of, settings_of
    from core.cohort.tables.reading import ImportRefused
    from core.errors import InputError
    from core.progress import TerminalProgress

    to_terminal = str(given.json) != "-"
    with quiet_libraries(), TerminalProgress() as progress:
        report = None
        try:
            cohort, reading = _read(given, progress)
            report = cohort.report
            analysis = compare(cohort, progress, **_choices(given))
        except InputError as error:
            report = error.report if isinstance(error, ImportRefused) else report
            if report is not None:
                terminal.print_remarks(report, sys.stdout if to_terminal else sys.stderr)
            raise
    settings = settings_of(analysis, reading, given.with_people)
    if to_terminal:
        terminal.print_analysis(analysis)
        print(f"\n{RESEARCH}")
    if given.json:
        cli.write_json(document(analysis, settings, given.with_people), given.json)
    if given.html:
        content = report_of(analysis, settings, given.title, given.with_people)
        rendering.write(content, given.html)
    if to_terminal:
        for path, what in ((given.json, "holds everything"), (given.html, "is the report")):
            if path:
                print(f"{path} {what}.")


def _read(given: argparse.Namespace, progress):
    """The cohort, and how it was read for the settings of a report."""
    from core.cohort.report.assembly import reading_settings
    from core.cohort.tables.events import EventReading
    from core.cohort.tables.limits import read_limits
    from core.cohort.tables.parsing import TableReading
    from core.cohort.tables.pattern import DEFAULT_PATTERN
    from core.cohort.tables.reading import read_cohort

    unit = {"s": 1.0, "ms": 0.001, None: None}[given.time_unit]
    limits = read_limits(" ".join(given.limit))
    order = tuple(given.unit_order)
    tables = TableReading(given.cutoff, given.fps, unit, given.faces, given.thin, order, limits)
    labels = _label_reading(given)
    events = EventReading(given.time, given.event, given.zero, given.events_from_start)
    pattern = given.pattern or DEFAULT_PATTERN
    cohort = read_cohort(
        given.tables, given.labels, given.events, pattern, tables, labels, events, progress
    )
    return cohort, reading_settings(pattern, tables, labels, events)


def _choices(given: argparse.Namespace) -> dict[str, object]:
    """The fields of `core.cohort.analysis.Choices` that the command line names."""
    from core.cohort.analysis import formula_of

    names, formulas = [], {}
    for text in given.composites or ():
        if "=" in text:
            name, weights = formula_of(text)
            formulas[name] = weights
            names.append(name)
        else:
            names.append(text)
    return {
        "phase": given.phase,
        "groups": tuple(given.groups),
        "composites": None if given.composites is None else tuple(names),
        "formulas": formulas,
        "least_valid": given.least_valid,
        "covariates": tuple(given.covariates),
        "within": given.within,
        "structure": not given.no_structure,
        "features": given.features,
        "structure_of": tuple(given.structure_of),
        "clusters": given.clusters,
        "curves_of": tuple(given.curves),
        "bins": given.bins,
        "relative": given.relative,
        "classifiers": tuple(given.classifiers),
        "folds": given.folds,
        "repeats": given.repeats,
        "permutations": given.permutations,
        "paper": given.paper_protocol,
        "shuffles": given.shuffles,
        "seed": given.seed,
    }


if __name__ == "__main__":
    sys.exit(main())
