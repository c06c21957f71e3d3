"""``python -m core.evaluation``: write the tables, compare methods, check what ships."""

import argparse
import sys

from core import cli
from core.codec.quality import LAST_QUALITY_INDEX
from core.evaluation import aim_command, commands, label_command, reading_command
from core.evaluation.choices import DATA, LABELS, QUALITIES, RATES, RESAMPLES
from core.methods import TUNED


def main(arguments: list[str] | None = None) -> int:
    """Run one command; its exit code, 2 on input that cannot be used."""
    given = _parser().parse_args(arguments)
    words = sys.argv[1:] if arguments is None else arguments
    folders = {name.upper(): getattr(given, name, None) for name in ("data", "results")}
    given.command_line = cli.recorded_command("core.evaluation", words, **folders)
    return cli.run(given.work, given)


def _parser() -> argparse.ArgumentParser:
    parser = cli.parser("core.evaluation", "Measure codecs, compare them, check what ships.")
    add = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in (_run, _match, _votes, _bd, _mcnemar, _split, _choose_gamma, _verify, _summary):
        command(add)
    for module in (reading_command, label_command, aim_command):
        module.add(add)
    return parser


def _run(add) -> None:
    run = cli.command(
        add, "run", "measure codecs and write the result tables",
        "python -m core.evaluation run --data DATA --methods baseline jpeg --limit 256",
    )  # fmt: skip
    run.set_defaults(work=commands.run)
    cli.add_data(run, "fer2013, london, kodak and video")
    cli.add_methods(run)
    run.add_argument(
        "--points", type=cli.whole(2, 256), default=16,
        help="operating points of a learned codec (default: 16)",
    )  # fmt: skip
    run.add_argument("--limit", type=cli.whole(), help="at most this many pictures of a data set")
    run.add_argument(
        "--val", type=cli.whole(0), default=1024, help="validation faces (default: 1024)"
    )
    run.add_argument(
        "--sets", nargs="+", choices=list(DATA), default=list(DATA), metavar="SET",
        help=f"data sets to measure; rows of the others stay: {', '.join(DATA)} (default: all)",
    )  # fmt: skip
    run.add_argument("--not-shipped", action="store_true", help="the weights are not kept")
    run.add_argument("--fresh", action="store_true", help="do not go on with an earlier run")
    _add_workers(run)
    _add_results(run, cli.folder_path)


def _match(add) -> None:
    match = cli.command(
        add, "match", "measure more operating points, at which learned codecs spend equally much",
        "python -m core.evaluation match --data DATA --methods joint-g0.2 control --bpp 0.1",
    )  # fmt: skip
    match.set_defaults(work=commands.match)
    cli.add_data(match, "labelled faces")
    cli.add_methods(match)
    match.add_argument(
        "--bpp", nargs="+", type=cli.number(above=0), metavar="RATE",
        help="bits per pixel of the file to match at (default: 0.075 0.1 0.15 0.25)",
    )  # fmt: skip
    match.add_argument("--limit", type=cli.whole(), help="as it was given to run")
    _add_workers(match)
    _add_results(match, cli.existing_path)


def _votes(add) -> None:
    votes = cli.command(
        add, "votes", "write FER+'s labels beside FER2013's into tables that lack them",
        "python -m core.evaluation votes --data DATA",
    )  # fmt: skip
    votes.set_defaults(work=commands.votes)
    cli.add_data(votes, "ferplus")
    _add_results(votes, cli.existing_path)


def _bd(add) -> None:
    bd = cli.command(
        add, "bd", "Bjontegaard deltas of a method against a reference, with intervals",
        "python -m core.evaluation bd --reference jpeg --method baseline --set photographs "
        "--quality psnr --json -",
        words=("BD-rate", "BD-accuracy", "overlap", "interval", "gamma", "label", "FER+ label"),
    )  # fmt: skip
    bd.set_defaults(work=commands.bd)
    bd.add_argument("--reference", required=True, metavar="METHOD", help="what is compared with")
    bd.add_argument("--method", required=True, metavar="METHOD", help="what is compared")
    bd.add_argument("--gamma", type=cli.number(0), help="one of several gammas of the method")
    bd.add_argument(
        "--classifier", "--read-by", dest="read_by", metavar="ID",
        help="both as this classifier reads them: base, or a stranger (the command read writes it)",
    )  # fmt: skip
    bd.add_argument(
        "--reference-classifier", metavar="ID", help="the classifier of the reference, of several"
    )
    _add_set(bd)
    _add_labels(bd)
    bd.add_argument(
        "--quality", default="accuracy", choices=list(QUALITIES)[:3],
        help="what is compared at equal bits (default: accuracy)",
    )  # fmt: skip
    bd.add_argument(
        "--rate", default="file", choices=list(RATES), help="which bytes count (default: file)"
    )
    bd.add_argument(
        "--range", nargs=2, type=cli.number(above=0), metavar=("LOW", "HIGH"),
        help="bits per pixel between which is compared (photographs and Kodak: 0.1 1)",
    )  # fmt: skip
    _add_resampling(bd)
    cli.add_json(bd)
    _add_results(bd, cli.existing_path)


def _mcnemar(add) -> None:
    mcnemar = cli.command(
        add, "mcnemar", "two methods at equal mean rates, face by face",
        "python -m core.evaluation mcnemar --first joint --second control --json -",
        words=("McNemar's test", "equal rate", "quality index", "gamma", "FER+ label"),
    )  # fmt: skip
    mcnemar.set_defaults(work=commands.mcnemar)
    mcnemar.add_argument("--first", required=True, metavar="METHOD", help="one method")
    mcnemar.add_argument("--second", required=True, metavar="METHOD", help="the other")
    mcnemar.add_argument("--gamma", type=cli.number(0), help="one of several gammas of both")
    where = mcnemar.add_mutually_exclusive_group()
    where.add_argument("--bpp", type=cli.number(above=0), help="the pair nearest to this rate")
    where.add_argument(
        "--at-index", type=cli.number(0, LAST_QUALITY_INDEX), metavar="INDEX",
        help="the pair at this quality index of the first method",
    )  # fmt: skip
    _add_labels(mcnemar)
    _add_resampling(mcnemar)
    cli.add_json(mcnemar)
    _add_results(mcnemar, cli.existing_path)


def _split(add) -> None:
    split = cli.command(
        add, "split", "whose gain joint training is: faces, the classifier, or both together",
        "python -m core.evaluation split --json -",
        words=("control", "points", "interval", "FER+ label"),
    )  # fmt: skip
    split.set_defaults(work=commands.split)
    _add_labels(split)
    _add_resampling(split)
    cli.add_json(split)
    _add_results(split, cli.existing_path)


def _choose_gamma(add) -> None:
    choose = cli.command(
        add, "choose-gamma", "choose gamma on validation rows and mark it on the cards",
        "python -m core.evaluation choose-gamma --methods joint --dry-run",
        words=("gamma", "chosen gamma", "validation"),
    )  # fmt: skip
    choose.set_defaults(work=commands.choose_gamma)
    choose.add_argument(
        "--methods", nargs="+", choices=TUNED, metavar="METHOD",
        help=f"of {', '.join(TUNED)} (default: those in the tables)",
    )  # fmt: skip
    choose.add_argument("--dry-run", action="store_true", help="write no card")
    _add_labels(choose)
    cli.add_json(choose)
    _add_results(choose, cli.existing_path)


def _verify(add) -> None:
    verify = cli.command(
        add, "verify", "check the files that ship and do rows of the tables again",
        "python -m core.evaluation verify --methods baseline --images 8",
    )  # fmt: skip
    verify.set_defaults(work=commands.verify)
    cli.add_data(verify, "labelled faces; without one the gallery's rows are done again")
    cli.add_methods(verify)
    verify.add_argument(
        "--images", type=cli.whole(), default=4, help="pictures a point (default: 4)"
    )
    verify.add_argument(
        "--points", type=cli.whole(), default=2, help="operating points a method (default: 2)"
    )
    verify.add_argument(
        "--tolerance", type=cli.whole(0), default=0, metavar="BYTES",
        help="for a processor unlike the one that measured (default: 0)",
    )  # fmt: skip
    cli.add_json(verify, "what was checked")
    _add_results(verify, cli.existing_path)


def _summary(add) -> None:
    summary = cli.command(
        add, "summary", "the headline figures", "python -m core.evaluation summary --json -",
        words=("bytes a face", "BD-rate", "points", "control", "interval"),
    )  # fmt: skip
    summary.set_defaults(work=commands.summary)
    _add_labels(summary)
    cli.add_json(summary)
    _add_results(summary, cli.existing_path)


def _add_workers(command: argparse.ArgumentParser) -> None:
    command.add_argument("--workers", type=cli.whole(), help="processes (default: one a core)")
    cli.add_scheduler(command)
    command.add_argument("--device", default="cpu", help="where classifiers run (default: cpu)")


def _add_resampling(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--resamples", type=cli.whole(), default=RESAMPLES,
        help=f"draws behind an interval (default: {RESAMPLES})",
    )  # fmt: skip
    cli.add_seed(command, "the draws")


def _add_labels(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--labels", default="fer2013", choices=list(LABELS),
        help="whose labels count: FER2013's, or most of FER+'s ten people (default: fer2013)",
    )  # fmt: skip


def _add_set(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--set", default="fer2013", choices=list(DATA), help="the pictures (default: fer2013)"
    )


def _add_results(command: argparse.ArgumentParser, kind) -> None:
    command.add_argument(
        "--results", type=kind, metavar="FOLDER", default=None,
        help="folder of the result tables (default: those that ship)",
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
