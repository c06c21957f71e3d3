"""``python -m core.evaluation``: write the tables, compare methods, choose, print the headline."""

import argparse
import json
import shlex
import sys
from pathlib import Path

from core.errors import InputError
from core.evaluation import label_command, reading_command


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 on success, 2 on input that cannot be used."""
    given = _parser().parse_args(arguments)
    words = sys.argv[1:] if arguments is None else arguments
    data = getattr(given, "data", None)  # a sidecar tells no folder of its maker
    words = ["DATA" if word == data else word for word in words]
    given.command_line = shlex.join(["python", "-m", "core.evaluation", *words])
    try:
        return _COMMANDS[given.command](given) or 0
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted; run the same command to go on", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core.evaluation", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    run = commands.add_parser("run", help="measure codecs and write the result tables")
    run.add_argument("--data", help="folder with fer2013/, london/ and video/")
    run.add_argument("--methods", nargs="+", help="methods or checkpoint ids (default: all)")
    run.add_argument("--points", type=int, default=16, help="operating points of a learned codec")
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
    bd.add_argument("--reader", metavar="ID", help="classifier that reads the reference")
    bd.add_argument("--data", default="fer2013")
    bd.add_argument("--quality", default="accuracy", choices=("accuracy", "psnr", "ssim"))
    bd.add_argument("--rate", default="file", choices=("file", "payload"))
    bd.add_argument("--range", nargs=2, type=float, metavar=("LOW", "HIGH"),
                    help="bits per pixel (photographs: 0.1 1)")  # fmt: skip
    bd.add_argument("--resamples", type=int, default=1000)

    match = commands.add_parser(
        "match", help="measure more operating points, at which learned codecs spend equally much"
    )
    match.add_argument("--data", help="folder with fer2013/")
    match.add_argument("--methods", nargs="+", help="methods or checkpoint ids (default: all)")
    match.add_argument("--bpp", nargs="+", type=float, help="rates of the file to match at")
    match.add_argument("--limit", type=int, help="as it was given to run")
    match.add_argument("--workers", type=int, help="processes (default: one a core)")
    match.add_argument("--device", default="cpu", help="where the classifiers run")

    mcnemar = commands.add_parser("mcnemar", help="two methods at equal mean rates, face by face")
    mcnemar.add_argument("--first", required=True)
    mcnemar.add_argument("--second", required=True)
    mcnemar.add_argument("--gamma", type=float)
    where = mcnemar.add_mutually_exclusive_group()
    where.add_argument("--bpp", type=float, help="the pair nearest to this rate of the file")
    where.add_argument("--at-index", type=float, help="the pair at this stop of the first method")

    choose = commands.add_parser(
        "choose", help="choose gamma on validation rows and mark it on the cards"
    )
    choose.add_argument("--methods", nargs="+", help="codec, joint (default: those in the table)")
    choose.add_argument("--dry-run", action="store_true", help="write no card")

    verify = commands.add_parser("verify", help="check what ships and do rows of the table again")
    verify.add_argument("--data", help="folder with fer2013/: its test faces, not the gallery")
    verify.add_argument("--methods", nargs="+", help="methods or checkpoint ids (default: all)")
    verify.add_argument("--images", type=int, default=4, help="pictures a point")
    verify.add_argument("--points", type=int, default=2, help="operating points of every codec")
    verify.add_argument("--tolerance", type=int, default=0, metavar="BYTES",
                        help="for a processor unlike the one that measured")  # fmt: skip

    reading_command.add(commands)
    label_command.add(commands)
    summary = commands.add_parser("summary", help="headline figures")
    for command in (bd, mcnemar, choose, summary):
        command.add_argument("--json", action="store_true")
    for command in (run, bd, match, mcnemar, choose, verify, summary):
        command.add_argument("--results", type=Path, help="folder of the result tables")
    return parser


def _run(given: argparse.Namespace) -> None:
    from core.evaluation.measuring.cases import subjects
    from core.evaluation.measuring.pictures import available
    from core.evaluation.measuring.run import run
    from core.folders import data_folder

    if given.points < 2:
        raise InputError(f"--points {given.points}: a curve needs at least 2 operating points.")
    if given.limit is not None and given.limit < 1:
        raise InputError(f"--limit {given.limit}: at least one picture is needed.")
    chosen = subjects(given.methods)
    pictures = available(data_folder(given.data), given.limit, given.val)
    run(
        chosen,
        pictures,
        points=given.points,
        workers=given.workers,
        device=given.device,
        folder=given.results,
        shipped=not given.not_shipped,
        fresh=given.fresh,
        command=given.command_line,
    )


def _bd(given: argparse.Namespace) -> None:
    from core.evaluation.measuring.table import read_results
    from core.evaluation.results.comparison import compare

    found = compare(
        read_results(given.results),
        given.reference,
        given.method,
        quality=given.quality,
        data=given.data,
        rate=given.rate,
        gamma=given.gamma,
        reader=given.reader,
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


def _match(given: argparse.Namespace) -> None:
    from core.evaluation.measuring.cases import subjects
    from core.evaluation.measuring.pictures import labelled_faces
    from core.evaluation.measuring.rate_matching import RATES, match
    from core.folders import data_folder

    chosen = [subject for subject in subjects(given.methods) if subject.codec is not None]
    if not chosen:
        raise InputError("Only learned codecs have qualities fine enough to be matched.")
    match(
        chosen,
        labelled_faces(data_folder(given.data), "test", given.limit),
        given.bpp or RATES,
        workers=given.workers,
        device=given.device,
        folder=given.results,
        command=given.command_line,
    )


def _mcnemar(given: argparse.Namespace) -> None:
    from core.evaluation.measuring.table import read_results
    from core.evaluation.results.equal_rate import pairs

    found = pairs(
        read_results(given.results),
        given.first,
        given.second,
        gamma=given.gamma,
        bpp=given.bpp,
        quality_index=given.at_index,
    )
    if given.json:
        print(json.dumps(found, indent=1))
        return
    for each in found:
        print(
            f"{each['first']} {each['first_accuracy']:.2%} at {each['first_bpp']:.4f} bpp, "
            f"{each['second']} {each['second_accuracy']:.2%} at {each['second_bpp']:.4f} bpp: "
            f"{each['difference']:+.2f} points ({each['low']:+.2f} to {each['high']:+.2f}), only one "
            f"right {each['only_first']} and {each['only_second']}, p = {each['p_value']:.3g}"
        )


def _choose(given: argparse.Namespace) -> None:
    from core.evaluation.measuring.table import read_results
    from core.evaluation.results.gamma_choice import choose, mark
    from core.methods import TUNED

    rows = read_results(given.results)
    present = set(rows["method"].astype(str))
    methods = given.methods or [method for method in TUNED if method in present]
    if not methods:
        raise InputError(
            "The table holds no method with a gamma: train one (python -m core.training joint "
            "--gamma 0.1), then measure it (python -m core.evaluation run)."
        )
    made = {method: choose(rows, method) for method in methods}
    if not given.dry_run:
        for found in made.values():
            mark(found)
    if given.json:
        print(json.dumps(made, indent=1))
        return
    for found in made.values():
        for each in found:
            print(
                f"{each['method']} gamma {each['gamma']:g}: BD-accuracy {each['bd_accuracy']} "
                f"points, BD-rate {each['bd_rate']} %, originals {each['originals']}"
                f"{'' if each['allowed'] else ' (loses more than a point)'}"
                f"{'  <- chosen' if each['chosen'] else ''}"
            )


def _summary(given: argparse.Namespace) -> None:
    from core.evaluation.measuring.table import read_results
    from core.evaluation.results.summary import as_markdown, summary

    made = summary(read_results(given.results))
    print(json.dumps(made, indent=1) if given.json else as_markdown(made))


def _verify(given: argparse.Namespace) -> int:
    from core.evaluation.claims import verify
    from core.evaluation.measuring.pictures import gallery, labelled_faces
    from core.evaluation.measuring.table import read_results
    from core.folders import data_folder

    checks = verify.check_files(given.results)
    for check in checks:
        print(f"{'ok  ' if check.passed else 'FAIL'} {check.file}: {check.text}")
    failed = sum(not check.passed for check in checks)
    if failed:
        print(f"{failed} of {len(checks)} files are not what was described.", file=sys.stderr)
        return 1
    rows = read_results(given.results)
    if rows.empty:
        print("There is no table of results yet (python -m core.evaluation run writes it); "
              f"only the {len(checks)} files of weights were checked.")  # fmt: skip
        return 0
    pictures = labelled_faces(data_folder(given.data), "test") if given.data else gallery()
    if pictures is None:
        raise InputError("There is no gallery beside the checkpoints to do again.")
    points = verify.spread(verify.points(rows, pictures.data, given.methods), given.points)
    if not points:
        raise InputError(f"The table holds no rows of {pictures.data} that could be done again.")
    for point in points:
        found = verify.recompute(point, pictures, given.images, tolerance=given.tolerance)
        counts = ", ".join(
            f"{n} {state}" for state, n in found.rows["state"].value_counts().items()
        )
        print(
            f"{'ok  ' if found.passed else 'FAIL'} {point.subject.name} at "
            f"{point.quality_index:g}: {counts}"
        )
        failed += not found.passed
        for row in found.rows[found.rows["state"] == verify.DIFFERS].to_dict("records"):
            print(f"     {row['image']}: {row['bytes']:g} bytes, {row['prediction']}; the table says "
                  f"{row['table_bytes']:g}, {row['table_prediction']}")  # fmt: skip
    return 1 if failed else 0


_COMMANDS = {
    "run": _run,
    "read": reading_command.run,
    "label": label_command.run,
    "bd": _bd,
    "match": _match,
    "mcnemar": _mcnemar,
    "choose": _choose,
    "verify": _verify,
    "summary": _summary,
}


if __name__ == "__main__":
    sys.exit(main())
