"""``python -m core.evaluation aim``: an encoder that looks at a classifier, on tables or a picture."""

import argparse
from pathlib import Path

from core import cli
from core.codec.quality import LAST_QUALITY_INDEX


def add(commands) -> None:
    """The command's options."""
    aim = cli.command(
        commands,
        "aim",
        "let the baseline's encoder look at a classifier while it encodes: measure it on labelled "
        "faces, or make the .xpr file of one picture",
        "python -m core.evaluation aim face.png face.xpr --quality 0.2",
        words=("quality", "quality index", "gamma", "classifier"),
    )
    aim.add_argument(
        "source",
        nargs="?",
        type=cli.existing_path,
        metavar="FACE.png",
        help="one picture; without it faces are measured",
    )
    aim.add_argument("target", nargs="?", type=cli.output_path, metavar="FACE.xpr", help="its file")
    aim.add_argument("--quality", type=cli.number(0, 1), default=0.0, help="of one picture, 0 to 1")
    aim.add_argument("--gamma", type=cli.number(0), default=0.05, help="what being read weighs")
    aim.add_argument("--steps", type=cli.whole(0, 1000), default=24, help="of refinement")
    aim.add_argument(
        "--at",
        nargs="+",
        default=["base"],
        metavar="CLASSIFIER",
        help="which are looked at (default: base)",
    )
    aim.add_argument("--views", action="store_true", help="classifiers look at shifted faces")
    cli.add_data(aim, "labelled faces to measure on")
    aim.add_argument("--split", choices=("test", "val"), default="test", help="which faces")
    aim.add_argument("--limit", type=cli.whole(), default=512, help="faces (default: 512)")
    aim.add_argument(
        "--indices",
        nargs="+",
        type=cli.whole(0, LAST_QUALITY_INDEX),
        help="quality indices (default: six, 0 to 166)",
    )
    aim.add_argument(
        "--vary",
        nargs="*",
        metavar="VARIANT",
        help="compare ways to aim, all or those named by number, on validation faces at one quality",
    )
    aim.add_argument("--write", action="store_true", help="write the table and its readings")
    cli.add_json(aim, "bytes, PSNR and accuracies with and without the aim")
    aim.set_defaults(work=run, results=None)


def run(given: argparse.Namespace) -> None:
    """Encode one picture, or measure."""
    if given.source is not None:
        _encode(given)
    elif given.vary is not None:
        _vary(given)
    else:
        _measure(given)


def _encode(given: argparse.Namespace) -> None:
    from core.codec import read_picture
    from core.codec.aimed import Aim, encode_aimed
    from core.codec.loading import load_codec
    from core.codec.quality import index_of
    from core.errors import InputError
    from core.files import write_whole
    from core.progress import TerminalProgress
    from core.recognition.aims import logits_of

    if given.target is None:
        raise InputError("Name the .xpr file to write after the picture.")
    cli.check_target(given.source, given.target, ".xpr", "The stored file")
    picture = read_picture(given.source)
    codec, card = load_codec("baseline")
    classifiers = [logits_of(id) for id in given.at]
    aim = Aim(given.gamma, given.steps, views=given.views)
    with TerminalProgress() as progress:
        file = encode_aimed(
            codec, card.fingerprint, picture, index_of(given.quality), classifiers, aim, progress
        )
    write_whole(Path(given.target), file.payload)


def _measure(given: argparse.Namespace) -> None:
    from core.codec.aimed import Aim
    from core.evaluation.measuring.aimed_rows import (
        QUALITY_INDICES,
        Plan,
        compared,
        measure_aimed,
        write_aimed,
    )
    from core.evaluation.measuring.pictures import labelled_faces
    from core.folders import data_folder
    from core.progress import TerminalProgress
    from core.recognition import known_classifiers

    plan = Plan(
        Aim(given.gamma, given.steps, views=given.views),
        tuple(given.at),
        tuple(given.indices or QUALITY_INDICES),
        tuple(known.id for known in known_classifiers() if known.id != "base"),
    )
    pictures = labelled_faces(data_folder(given.data), given.split, given.limit)
    with TerminalProgress() as progress:
        rows, readings = measure_aimed(plan, pictures, progress)
    if given.write:
        path = write_aimed(
            plan, [(pictures, rows, readings)], folder=given.results, command=given.command_line
        )
        print(f"wrote {path}")
    table = compared(readings)
    cli.write_json(
        {
            "gamma": given.gamma,
            "steps": given.steps,
            "at": given.at,
            "views": given.views,
            "split": given.split,
            "points": table.to_dict("records"),
        },
        given.json,
    )
    if str(given.json) != "-":
        for row in table.to_dict("records"):
            print(
                f"quality index {row['quality_index']:g}, read by {row['reader']}: "
                f"{row['accuracy_plain']:.1%} -> {row['accuracy_aimed']:.1%} at "
                f"{row['bytes_plain']:.1f} -> {row['bytes_aimed']:.1f} bytes, PSNR "
                f"{row['psnr_plain']:.2f} -> {row['psnr_aimed']:.2f} dB ({row['faces']} faces)"
            )


def _vary(given: argparse.Namespace) -> None:
    from core.errors import InputError
    from core.evaluation.measuring.aim_variants import (
        QUALITY_INDEX,
        VARIANTS,
        measure_variants,
        write_variants,
    )
    from core.evaluation.measuring.pictures import labelled_faces
    from core.folders import data_folder
    from core.progress import TerminalProgress

    try:
        chosen = [VARIANTS[int(number)] for number in given.vary] or list(VARIANTS)
    except (ValueError, IndexError):
        known = ", ".join(f"{i} ({variant.what})" for i, variant in enumerate(VARIANTS))
        raise InputError(f"--vary takes numbers of variants: {known}.") from None
    index = (given.indices or [QUALITY_INDEX])[0]
    pictures = labelled_faces(data_folder(given.data), "val", given.limit)
    with TerminalProgress() as progress:
        table = measure_variants(pictures, index, chosen, progress)
    if given.write:
        print(f"wrote {write_variants(table, pictures, index, given.command_line)}")
    cli.write_json(table.to_dict("records"), given.json)
    if str(given.json) != "-":
        for row in table.to_dict("records"):
            print(
                f"{row['variant']}, read by {row['reader']}{' *' * row['looked_at']}: "
                f"{row['accuracy_plain']:.1%} -> {row['accuracy_aimed']:.1%} "
                f"({row['points']:+.1f} points, {row['low']:+.1f} to {row['high']:+.1f}), true class "
                f"{row['p_true_plain']:.3f} -> {row['p_true_aimed']:.3f}, "
                f"{row['bytes_plain']:.1f} -> {row['bytes_aimed']:.1f} bytes, "
                f"{row['psnr_plain']:.2f} -> {row['psnr_aimed']:.2f} dB ({row['faces']} faces)"
            )
