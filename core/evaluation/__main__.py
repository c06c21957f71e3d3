"""``python -m core.evaluation``: write the tables, compare two methods, print the headline."""

import argparse
import json
import shlex
import sys
from pathlib import Path

from core.errors import InputError


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 on success, 2 on input that cannot be used."""
    given = _parser().parse_args(arguments)
    given.command_line = shlex.join(
        ["python", "-m", "core.evaluation", *(sys.argv[1:] if arguments is None else arguments)]
    )
    try:
        {"run": _run, "bd": _bd, "summary": _summary}[given.command](given)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted; run the same command to go on", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core.evaluation", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    run = commands.add_parser("run", help="measure codecs and write the result tables")
    run.add_argument("--data", help="folder with fer2013/, london/ and video/")
    run.add_argument("--methods", nargs="+", help="methods or checkpoint ids (default: all)")
    run.add_argument("--stops", type=int, default=16, help="quality stops of a learned codec")
    run.add_argument("--limit", type=int, help="at most this many pictures of every data set")
    run.add_argument("--val", type=int, default=1024, help="validation faces, for choices")
    run.add_argument("--workers", type=int, help="processes (default: one a core)")
    run.add_argument("--device", default="cpu", help="where the classifiers run")
    run.add_argument("--not-shipped", action="store_true", help="the weights are not kept")
    run.add_argument("--fresh", action="store_true", help="do not go on with an earlier run")

    bd = commands.add_parser("bd", help="Bjontegaard deltas of a method against a reference")
    bd.add_argument("--reference", required=True)
    bd.add_argument("--method", required=True)
    bd.add_argument("--gamma", type=float)
    bd.add_argument("--data", default="fer2013")
    bd.add_argument("--quality", default="accuracy", choices=("accuracy", "psnr", "ssim"))
    bd.add_argument("--rate", default="file", choices=("file", "payload"))
    bd.add_argument("--range", nargs=2, type=float, metavar=("LOW", "HIGH"),
                    help="bits per pixel (photographs: 0.1 1)")  # fmt: skip
    bd.add_argument("--resamples", type=int, default=1000)

    summary = commands.add_parser("summary", help="headline figures")
    for command in (bd, summary):
        command.add_argument("--json", action="store_true")
    for command in (run, bd, summary):
        command.add_argument("--results", type=Path, help="folder of the result tables")
    return parser


def _run(given: argparse.Namespace) -> None:
    from core.evaluation.pictures import available
    from core.evaluation.run import run
    from core.evaluation.subjects import subjects
    from core.training.faces import data_folder

    if given.stops < 2:
        raise InputError(f"--stops {given.stops}: a curve needs at least 2 stops.")
    if given.limit is not None and given.limit < 1:
        raise InputError(f"--limit {given.limit}: at least one picture is needed.")
    chosen = subjects(given.methods)
    pictures = available(data_folder(given.data), given.limit, given.val)
    run(
        chosen,
        pictures,
        stops=given.stops,
        workers=given.workers,
        device=given.device,
        folder=given.results,
        shipped=not given.not_shipped,
        fresh=given.fresh,
        command=given.command_line,
    )


def _bd(given: argparse.Namespace) -> None:
    from core.evaluation.comparison import compare
    from core.evaluation.table import read_results

    found = compare(
        read_results(given.results),
        given.reference,
        given.method,
        quality=given.quality,
        data=given.data,
        rate=given.rate,
        gamma=given.gamma,
        rate_range=tuple(given.range) if given.range else None,
        resamples=given.resamples,
    )
    for each in found:
        if each["warning"]:
            print(f"warning: {each['warning']}", file=sys.stderr)
    if given.json:
        print(json.dumps(found, indent=1))
        return
    for each in found:
        gamma = "" if each["gamma"] is None else f" gamma {each['gamma']:g}"
        print(
            f"{each['method']}{gamma} against {each['reference']}: BD-rate {each['bd_rate']} % "
            f"({each['low']} to {each['high']}), BD-quality {each['bd_quality']} "
            f"{each['quality_unit']}, overlap {each['overlap']:.0%}"
        )


def _summary(given: argparse.Namespace) -> None:
    from core.evaluation.summary import as_markdown, summary
    from core.evaluation.table import read_results

    made = summary(read_results(given.results))
    print(json.dumps(made, indent=1) if given.json else as_markdown(made))


if __name__ == "__main__":
    sys.exit(main())
