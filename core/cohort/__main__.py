"""``python -m core.cohort compare | synthesize``: the cohort's analyses in a terminal."""

import argparse
import sys

from core import cli
from core.cohort.tables.pattern import DEFAULT_PATTERN
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
    _add_synthesize(commands)
    return parser


def _add_compare(commands) -> None:
    c = cli.command(
        commands,
        "compare",
        "do the groups differ?",
        "python -m core.cohort compare tables/ --labels labels.csv --json - --html report.html\n\n"
        + RESEARCH,
    )
    c.set_defaults(work=_compare)
    c.add_argument("tables", nargs="+", metavar="TABLES", help="tables, folders or zips")
    reading = c.add_argument_group("reading")
    reading.add_argument("--labels", metavar="CSV", help="participant,label[,score,...]")
    reading.add_argument("--events", metavar="CSV", help="timestamp,label[,end][,participant]")
    reading.add_argument(
        "--pattern",
        default=DEFAULT_PATTERN,
        metavar="REGEX",
        help="finds the participant in a file's name (default: the name without known endings)",
    )
    reading.add_argument(
        "--cutoff",
        type=cli.number(0, 1),
        default=0.0,
        help="least confidence of a frame, 0..1 (default: 0)",
    )
    reading.add_argument(
        "--fps", type=cli.number(above=0), help="frames per second, for tables without times"
    )
    part = c.add_argument_group("what is compared")
    part.add_argument("--phase", metavar="NAME", help="compare within this phase only")
    part.add_argument("--groups", nargs="+", metavar="LABEL", help="compare these groups only")
    part.add_argument(
        "--composites",
        nargs="*",
        metavar="NAME",
        help=f"of {', '.join(COMPOSITES)}; without names: none; default: happiness and sadness",
    )
    more = c.add_argument_group("beyond the tests")
    more.add_argument(
        "--no-structure", action="store_true", help="leave out components and clusters"
    )
    more.add_argument(
        "--classifiers",
        nargs="+",
        default=[],
        metavar="NAME",
        help="nested cross-validation by person with rocket, multirocket_hydra, forest, dtw, "
        "inception or lstm",
    )
    more.add_argument("--folds", type=cli.whole(2), default=5, help="of --classifiers (default: 5)")
    more.add_argument(
        "--permutations",
        type=cli.whole(0),
        default=200,
        help="label shuffles of --classifiers (default: 200)",
    )
    more.add_argument(
        "--paper-protocol",
        action="store_true",
        help="run a flawed published protocol beside ours and show the gap",
    )
    more.add_argument(
        "--shuffles", type=cli.whole(1), default=20, help="repeats of it (default: 20)"
    )
    cli.add_seed(more, "folds, shuffles and clusters")
    out = c.add_argument_group("output")
    cli.add_json(out, "everything, with one object a test,")
    out.add_argument(
        "--html", metavar="PATH", type=cli.output_path, help="write a report in one file"
    )


def _add_synthesize(commands) -> None:
    s = cli.command(
        commands,
        "synthesize",
        "write people who never lived",
        "python -m core.cohort synthesize people/ --people 40 --effect 0.8",
    )
    s.set_defaults(work=_synthesize)
    s.add_argument("folder", metavar="FOLDER", help="where the tables, labels and events go")
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


def _compare(given: argparse.Namespace) -> None:
    import warnings

    from core.cohort import terminal
    from core.cohort.analysis import compare
    from core.cohort.document import document
    from core.cohort.report import rendering
    from core.cohort.report.sections import report_of
    from core.cohort.tables.reading import read_cohort
    from core.progress import TerminalProgress

    warnings.simplefilter("ignore")  # what matters about the data is a remark of the import report
    with TerminalProgress() as progress:
        cohort = read_cohort(
            given.tables,
            given.labels,
            given.events,
            given.pattern,
            given.cutoff,
            given.fps,
            progress=progress,
        )
        analysis = compare(cohort, progress, **_choices(given))
    settings = _settings(given, analysis)
    to_terminal = str(given.json) != "-"
    if to_terminal:
        terminal.show(analysis)
        print(f"\n{RESEARCH}")
    cli.write_json(document(analysis, settings) if given.json else None, given.json)
    if given.html:
        rendering.write(report_of(analysis, settings), given.html)
    if to_terminal:
        for path, what in ((given.json, "holds everything"), (given.html, "is the report")):
            if path:
                print(f"{path} {what}.")


def _choices(given: argparse.Namespace) -> dict[str, object]:
    """The fields of `core.cohort.analysis.Choices` that the command line names."""
    composites = given.composites
    return {
        "phase": given.phase or "",
        "groups": tuple(given.groups or ()),
        "composites": None if composites is None else tuple(composites),
        "structure": not given.no_structure,
        "classifiers": tuple(given.classifiers),
        "folds": given.folds,
        "permutations": given.permutations,
        "paper": given.paper_protocol,
        "shuffles": given.shuffles,
        "seed": given.seed,
    }


def _settings(given: argparse.Namespace, analysis) -> dict[str, object]:
    """How the tables were read, and every choice."""
    reading = {name: getattr(given, name) for name in ("pattern", "cutoff", "fps")}
    return reading | analysis.choices.settings() | {"composites": list(analysis.cohort.composites)}


if __name__ == "__main__":
    sys.exit(main())
