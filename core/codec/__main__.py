"""Pictures to .xpr files and back."""

import argparse
import sys
from pathlib import Path

from core import cli
from core.errors import InputError
from core.files import check_writable, write_whole


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 if it worked, 2 with one sentence on standard error if it did not."""
    options = _parser().parse_args(arguments)
    return cli.run(options.run, options)


def _encode(options: argparse.Namespace) -> None:
    from core.codec import load
    from core.codec.pictures import read
    from core.progress import TerminalProgress

    cli.check_target(options.source, options.target, ".xpr", "The stored file")
    if options.source.is_dir():
        return _encode_folder(options)
    if options.names:
        raise InputError("Names are stored where a folder of pictures becomes one file.")
    source = read(options.source)
    for remark in source.remarks:
        print(f"{options.source.name}: {remark}", file=sys.stderr)
    codec = load(options.checkpoint)
    with TerminalProgress() as progress:
        file = codec.encode(
            source.pixels, options.quality, target_bpp=options.target_bpp, progress=progress
        )
    write_whole(options.target, file)


def _encode_folder(options: argparse.Namespace) -> None:
    from core.codec.folder import encode_folder
    from core.progress import TerminalProgress

    with TerminalProgress() as progress:
        file = encode_folder(
            options.source, options.checkpoint, options.quality, options.target_bpp,
            names=options.names, keep_going=options.keep_going, progress=progress,
        )  # fmt: skip
    write_whole(options.target, file)


def _decode(options: argparse.Namespace) -> None:
    from core.codec import decode_file, png
    from core.codec.codec import read_file
    from core.codec.file_format import MANY, kind_of
    from core.codec.folder import decode_to_folder
    from core.progress import TerminalProgress

    file = read_file(options.source)
    if kind_of(file) == MANY:
        if options.target.exists() and not options.target.is_dir():
            raise InputError(f"{options.target} is a file: many pictures go into a folder.")
        with TerminalProgress() as progress:
            decode_to_folder(file, options.target, keep_going=options.keep_going, progress=progress)
        return
    check_writable(options.target)
    cli.check_target(options.source, options.target, ".png", "The picture")
    with TerminalProgress() as progress:
        picture = decode_file(file, progress)
    write_whole(options.target, png(picture))


def _info(options: argparse.Namespace) -> None:
    from core.codec.codec import read_file
    from core.codec.description import describe

    cli.write_json(describe(read_file(options.source)), options.json or Path("-"))


def _parser() -> argparse.ArgumentParser:
    parser = cli.parser("core.codec", __doc__)
    commands = parser.add_subparsers(required=True, metavar="encode | decode | info")

    encode = cli.command(
        commands, "encode", "picture to .xpr, or a folder of pictures to one .xpr",
        "python -m core.codec encode face.png face.xpr --quality 0.4\n"
        "  python -m core.codec encode FOLDER faces.xpr --names",
        words=("quality", "bits per pixel", "codec"),
    )  # fmt: skip
    encode.add_argument(
        "source",
        type=cli.existing_path,
        metavar="FACE.png|FOLDER",
        help="a picture of 16 to 4096 pixels a side, or a folder of such pictures",
    )
    encode.add_argument("target", type=cli.output_path, metavar="FACE.xpr", help="file to write")
    encode.add_argument(
        "--checkpoint", default="baseline", metavar="ID", help="codec (default: baseline)"
    )
    rate = encode.add_mutually_exclusive_group()
    rate.add_argument(
        "--quality", type=cli.number(0, 1), metavar="0..1", help="0 is smallest (default: 0.5)"
    )
    rate.add_argument(
        "--target-bpp", type=cli.number(above=0), metavar="B",
        help="best quality in at most B bits per pixel of the file",
    )  # fmt: skip
    encode.add_argument(
        "--names",
        action="store_true",
        help="of a folder: store the pictures' names (a few bytes each)",
    )
    encode.add_argument(
        "--keep-going", action="store_true", help="of a folder: leave out what cannot be read"
    )
    encode.set_defaults(run=_encode)

    decode = cli.command(
        commands, "decode", ".xpr to picture, or to a folder where it holds many",
        "python -m core.codec decode face.xpr face.png\n"
        "  python -m core.codec decode faces.xpr FOLDER",
    )  # fmt: skip
    decode.add_argument("source", type=cli.existing_path, metavar="FACE.xpr", help="stored file")
    decode.add_argument(
        "target", type=Path, metavar="FACE.png|FOLDER", help="file or folder to write"
    )
    decode.add_argument(
        "--keep-going", action="store_true", help="of many pictures: leave out the damaged ones"
    )
    decode.set_defaults(run=_decode)

    info = cli.command(
        commands, "info", "what an .xpr file holds, as JSON", "python -m core.codec info face.xpr"
    )
    info.add_argument("source", type=cli.existing_path, metavar="FACE.xpr", help="stored file")
    cli.add_json(info, "the description")
    info.set_defaults(run=_info)
    return parser


if __name__ == "__main__":
    sys.exit(main())
