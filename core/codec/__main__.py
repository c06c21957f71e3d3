"""The command line of the codec: ``python -m core.codec encode | decode | info``."""

import argparse
import json
import sys
from pathlib import Path

from core.errors import InputError

LARGEST_FILE = 2**27
"""More bytes than any .xpr file has."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 if it worked, 2 with one sentence on standard error if it did not."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _encode(options: argparse.Namespace) -> None:
    from core.codec import encode, encode_within, read_picture
    from core.codec.loading import load_codec

    if not 0 <= options.quality <= 1:
        raise InputError(f"The quality is a number in 0..1, not {options.quality:g}.")
    picture = read_picture(options.source)
    codec, card = load_codec(options.checkpoint)
    if options.target_bpp is None:
        encoded = encode(codec, card.fingerprint, picture, round(options.quality * 255))
    else:
        encoded = encode_within(codec, card.fingerprint, picture, options.target_bpp)
    _write(options.target, encoded.payload)


def _decode(options: argparse.Namespace) -> None:
    from core.codec import decode, png

    if options.target.suffix.lower() != ".png":
        raise InputError(f"The picture is written as PNG: {options.target.name} must end in .png.")
    file = _read(options.source)
    codec, card = _codec_of(file)
    _write(options.target, png(decode(codec, card.fingerprint, file)))


def _info(options: argparse.Namespace) -> None:
    from core.codec import Encoded, inspect, pack, unpack

    file = _read(options.source)
    header = inspect(file)
    codec, card = _codec_of(file)
    encoded: Encoded = pack(codec, card.fingerprint, unpack(codec, card.fingerprint, file))
    print(
        json.dumps(
            {
                "width": header.width,
                "height": header.height,
                "quality": round(header.quality, 4),
                "quality_index": header.quality_index,
                "checkpoint": card.id,
                "fingerprint": card.fingerprint,
                "file_bpp": encoded.file_bpp,
                "payload_bpp": encoded.payload_bpp,
                "bpp_estimated": encoded.bpp_estimated,
                "bytes": {
                    "file": encoded.file_bytes,
                    "header": encoded.header_bytes,
                    "header_parts": encoded.header_parts,
                    "payload": encoded.payload_bytes,
                    "z_estimated": round(encoded.z_bits / 8, 2),
                    "y_estimated": round(encoded.y_bits / 8, 2),
                },
            },
            indent=1,
        )
    )


def _codec_of(file: bytes):
    """The codec and card of the checkpoint that ``file`` names."""
    from core.codec import find_card
    from core.codec.loading import load_codec

    return load_codec(find_card(file).id)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            file = stream.read(LARGEST_FILE + 1)
    except OSError as error:
        raise InputError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    if len(file) > LARGEST_FILE:
        raise InputError(f"{path.name} is larger than any .xpr file.")
    return file


def _write(path: Path, content: bytes) -> None:
    """Write ``content`` whole or not at all."""
    temporary = path.with_name(path.name + ".part")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise InputError(f"{path} cannot be written: {error.strerror or error}.") from error


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:
        self.exit(2, f"{self.prog}: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m core.codec", description="Pictures to .xpr files and back.")
    commands = parser.add_subparsers(required=True, metavar="encode | decode | info")

    encode = commands.add_parser("encode", help="picture to .xpr")
    encode.add_argument("source", type=Path, metavar="FACE.png")
    encode.add_argument("target", type=Path, metavar="FACE.xpr")
    encode.add_argument("--checkpoint", default="baseline", metavar="ID")
    rate = encode.add_mutually_exclusive_group()
    rate.add_argument("--quality", type=float, default=0.5, metavar="0..1")
    rate.add_argument("--target-bpp", type=float, metavar="B")
    encode.set_defaults(run=_encode)

    decode = commands.add_parser("decode", help=".xpr to picture")
    decode.add_argument("source", type=Path, metavar="FACE.xpr")
    decode.add_argument("target", type=Path, metavar="FACE.png")
    decode.set_defaults(run=_decode)

    info = commands.add_parser("info", help="what an .xpr file holds, as JSON")
    info.add_argument("source", type=Path, metavar="FACE.xpr")
    info.set_defaults(run=_info)
    return parser


if __name__ == "__main__":
    sys.exit(main())
