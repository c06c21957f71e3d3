"""Command line of faces: composites (the gallery) and extract (videos to action units)."""

import argparse
import sys
from pathlib import Path

from core.errors import InputError
from core.face import composites


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m core.face", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    made = commands.add_parser("composites", help="make the gallery of faces that may be shipped")
    made.add_argument("--data", type=Path, required=True, help="folder of the London set")
    made.add_argument("--out", type=Path, default=Path("checkpoints/gallery"))
    given = parser.parse_args(arguments)
    try:
        if given.command == "composites":
            composites.write_gallery(given.data, given.out, report=print)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
