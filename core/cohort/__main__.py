"""``python -m core.cohort compare | synthesize``: the cohort's analyses in a terminal."""

import argparse
import sys
from pathlib import Path

import pandas as pd

from core.cohort.tables.labels import DEFAULT_PATTERN
from core.errors import InputError
from core.facs import COMPOSITES

PAPER_COMPOSITES = ("happiness", "sadness")
"""Compared unless others are named, where their units are there (arXiv 2407.13753)."""
RESEARCH = "Research use only: nothing here is a diagnosis."


def main(arguments: list[str] | None = None) -> int:
    """Runs a command; 0 when done, 2 for input that cannot be used, 130 when interrupted."""
    chosen = _parser().parse_args(arguments)
    try:
        return chosen.run(chosen)
    except InputError as error:
        print(f"\r{error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\rinterrupted", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core.cohort", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    c = commands.add_parser("compare", help="do the groups differ?", epilog=RESEARCH)
    c.set_defaults(run=_compare)
    c.add_argument("tables", nargs="+", metavar="TABLES", help="tables, folders or zips")
    c.add_argument("--labels", help="participant,label[,score,...]; found in a folder by itself")
    c.add_argument("--events", help="timestamp,label[,end][,participant]; found by itself as well")
    c.add_argument(
        "--pattern", default=DEFAULT_PATTERN, help="finds the participant in a file's name"
    )
    c.add_argument("--phase", help="compare within this phase only")
    c.add_argument("--groups", nargs="+", metavar="LABEL", help="compare these groups only")
    c.add_argument(
        "--composites",
        nargs="*",
        metavar="NAME",
        help=f"of {', '.join(COMPOSITES)}; without names: none; default: happiness and sadness",
    )
    c.add_argument("--cutoff", type=float, default=0.0, help="least confidence of a frame, 0..1")
    c.add_argument("--fps", type=float, help="frames per second, for tables without times")
    c.add_argument("--classify", action="store_true", help="nested cross-validation by person")
    c.add_argument("--methods", default="rocket,forest", help="classifiers, separated by commas")
    c.add_argument("--folds", type=int, default=5)
    c.add_argument("--permutations", type=int, default=200, help="label shuffles of --classify")
    c.add_argument(
        "--reproduce-paper-protocol",
        action="store_true",
        help="run a flawed published protocol beside ours and show the gap",
    )
    c.add_argument("--shuffles", type=int, default=20, help="repeats of that comparison")
    c.add_argument("--no-structure", action="store_true", help="leave out components and clusters")
    c.add_argument("--seed", type=int, default=0)
    c.add_argument("--json", metavar="OUT.json", help="everything, with one object a test")
    c.add_argument("--html", metavar="OUT.html", help="a report in one file")

    s = commands.add_parser("synthesize", help="write people who never lived")
    s.set_defaults(run=_synthesize)
    s.add_argument("folder", metavar="DIR")
    s.add_argument("--people", type=int, default=100, help="even; two equal groups")
    s.add_argument("--effect", type=float, default=0.0, help="Cohen's d of the person means")
    s.add_argument("--seed", type=int, default=0)
    s.add_argument("--seconds", type=float, default=60.0)
    s.add_argument("--fps", type=float, default=30.0)
    s.add_argument(
        "--sampled",
        action="store_true",
        help="the effect is the population's and varies from cohort to cohort, as for power; "
        "otherwise it is that of these very people",
    )
    return parser


def _synthesize(chosen: argparse.Namespace) -> int:
    from core.cohort.synthesis import write_synthetic

    folder = write_synthetic(
        chosen.folder,
        chosen.people,
        chosen.effect,
        chosen.seed,
        chosen.seconds,
        chosen.fps,
        chosen.sampled,
        progress=_progress,
    )
    _clear()
    print(f"{chosen.people} synthetic people in {folder}, with labels.csv and events.csv.")
    return 0


def _compare(chosen: argparse.Namespace) -> int:
    from core.cohort.report.document import answer, document, write_json
    from core.cohort.statistics.frames import select_groups, select_phase, with_composites
    from core.cohort.tables.reading import read_cohort

    cohort = read_cohort(
        chosen.tables,
        chosen.labels,
        chosen.events,
        chosen.pattern,
        chosen.cutoff,
        chosen.fps,
        progress=_progress,
    )
    if chosen.composites is None:
        there = [n for n in PAPER_COMPOSITES if set(COMPOSITES[n]) <= set(cohort.units)]
        cohort = with_composites(cohort, there)
    else:
        named = [n for text in chosen.composites for n in text.split(",") if n]
        cohort = with_composites(cohort, named)
    if chosen.phase:
        cohort = select_phase(cohort, chosen.phase)
    if chosen.groups:
        cohort = select_groups(cohort, chosen.groups)
    methods = tuple(m for m in chosen.methods.split(",") if m) if chosen.classify else ()
    answers = answer(
        cohort,
        structure=not chosen.no_structure,
        methods=methods,
        reproduce_paper=chosen.reproduce_paper_protocol,
        folds=chosen.folds,
        permutations=chosen.permutations,
        shuffles=chosen.shuffles,
        seed=chosen.seed,
        progress=_progress,
    )
    _clear()
    settings = {key: value for key, value in vars(chosen).items() if key != "run"}
    settings["composites"] = list(cohort.composites)
    settings["methods"] = list(methods)
    _print(answers)
    if chosen.json:
        write_json(document(answers, settings), chosen.json)
        print(f"\n{chosen.json} holds everything.")
    if chosen.html:
        from core.cohort.report import rendering
        from core.cohort.report.document import report_of

        rendering.write(report_of(answers, settings), Path(chosen.html))
        print(f"{chosen.html} is the report.")
    return 0


def _print(answers) -> None:
    """The primary tests, what is odd, and what could not be done."""
    cohort, tests = answers.cohort, answers.tests
    if cohort.synthetic:
        print("SYNTHETIC COHORT: no person was recorded.")
    sizes = cohort.people["label"].value_counts()
    groups = ", ".join(f"{group}: {sizes[group]}" for group in tests.groups) or "no groups"
    print(f"{len(cohort.people)} people ({groups}), {len(cohort.frames):,} frames\n")
    table = tests.primary[["unit", "test", "n", "estimate", "effect", "low", "high"]].copy()
    table["p"], table["p adjusted"] = tests.primary["p_value"], tests.primary["p_adjusted"]
    table["(p over frames)"] = tests.frames["frame_p_value"]
    with pd.option_context("display.width", 140, "display.max_columns", None):
        print(table.to_string(index=False, float_format="{:.3g}".format))
    print("\np over frames takes every frame for a person of its own and must not be believed.")
    for note in tests.notes:
        print(note)
    for c in answers.classifications:
        b = c.balanced_accuracy
        print(
            f"{c.method}: balanced accuracy {b.value:.2f} [{b.low:.2f}, {b.high:.2f}], "
            f"permutation p {c.p_value:.3g}"
        )
    if answers.protocol is not None:
        print("\nThe paper's protocol beside ours, accuracy claimed:")
        print(answers.protocol.accuracy.to_string(index=False, float_format="{:.3f}".format))
    for what, why in answers.refused.items():
        print(f"{what} was not done: {why}")
    problems = cohort.report.all_problems
    if problems:
        print(f"\n{len(problems)} remarks on the tables:")
    for problem in problems[:20]:
        where = f"{problem.where}: " if problem.where else ""
        print(f"- {where}{problem.text}")
    if len(problems) > 20:
        print(f"- and {len(problems) - 20} more, all in --json")
    print(f"\n{RESEARCH}")


def _progress(done: int, total: int, text: str) -> None:
    if sys.stderr.isatty():
        share = done / total if total else 0.0
        print(f"\r{share:4.0%} {text[:70]:70}", end="", file=sys.stderr, flush=True)


def _clear() -> None:
    if sys.stderr.isatty():
        print(f"\r{'':76}\r", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
