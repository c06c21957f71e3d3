"""What all command lines share: options of one name and meaning, exit codes, one sentence for an error.

A command line is a parser from :func:`parser`, commands from :func:`command` (each with an example),
and :func:`run`, which turns an :class:`~core.errors.InputError` into a sentence and exit code 2.
"""

import argparse
import json
import math
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from core.errors import InputError
from core.files import check_writable, same_file, write_whole
from core.glossary import meaning


def parser(prog: str, description: str) -> argparse.ArgumentParser:
    """A parser for ``python -m PROG`` whose commands are added by :func:`command`."""
    return argparse.ArgumentParser(
        prog=f"python -m {prog}",
        description=description.split("\n\n")[0].replace("``", ""),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def command(
    commands: Any, name: str, does: str, example: str, words: Sequence[str] = ()
) -> argparse.ArgumentParser:
    """One command of ``commands`` (a ``add_subparsers`` object): what it does, and an example of it.

    ``words``: terms of the glossary that its options and results use; its help explains them.
    """
    explained = "".join(f"\n  {word}: {meaning(word)}" for word in words).replace("%", "%%")
    return commands.add_parser(
        name,
        help=does,
        description=does[:1].upper() + does[1:] + ".",
        epilog=f"example:\n  {example}" + (f"\n\nwords:{explained}" if words else ""),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def recorded_command(module: str, words: Sequence[object], **folders: object) -> str:
    """A call as the document that it writes tells it: it names no folder of its maker.

    ``folders``: by the name that stands for each (``DATA``), None where it was not given.  Other absolute
    paths are told from the present folder where they are inside it, else by their last part.
    """
    names = {str(folder): name for name, folder in folders.items() if folder is not None}

    def without_folders(word: str) -> str:
        option, sign, value = word.partition("=") if word.startswith("--") else ("", "", word)
        if value in names:
            return f"{option}{sign}{names[value]}"
        path = Path(value)
        if not path.is_absolute():
            return word
        here = Path.cwd()
        inside = path.is_relative_to(here) and path != here
        return f"{option}{sign}{path.relative_to(here) if inside else path.name}"

    return shlex.join(["python", "-m", module, *(without_folders(str(word)) for word in words)])


def run(work: Callable[[argparse.Namespace], int | None], given: argparse.Namespace) -> int:
    """Exit code of ``work(given)``: its own, 2 for input that cannot be used, 130 when interrupted.

    A reader that closes the pipe early (``| head``) ends the work in silence.
    """
    try:
        code = work(given) or 0
        sys.stdout.flush()
        return code
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nInterrupted. What is finished is kept; the same command goes on.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def add_json(command: argparse.ArgumentParser, what: str = "the results") -> None:
    """``--json PATH``; ``-`` is standard output.  Write with :func:`write_json`."""
    command.add_argument(
        "--json", metavar="PATH", type=json_path, help=f"write {what} as JSON (-: print)"
    )


def add_methods(command: argparse.ArgumentParser, default: str = "all that ship") -> None:
    """``--methods a b``: methods (baseline, joint, jpeg, ...) or ids of checkpoints."""
    command.add_argument(
        "--methods",
        nargs="+",
        metavar="METHOD",
        help=f"methods or ids of checkpoints (default: {default})",
    )


def add_data(command: argparse.ArgumentParser, what: str = "data sets") -> None:
    """``--data FOLDER``, by default ``EXPRESSRATE_DATA``; read with :func:`core.folders.data_folder`."""
    command.add_argument(
        "--data", metavar="FOLDER", help=f"folder of {what} (default: EXPRESSRATE_DATA)"
    )


def add_seed(command: argparse.ArgumentParser, what: str = "whatever is drawn at random") -> None:
    """``--seed N``, 0 unless told otherwise."""
    command.add_argument("--seed", type=whole(0), default=0, help=f"seed of {what} (default: 0)")


def add_scheduler(command: argparse.ArgumentParser) -> None:
    """``--scheduler ADDRESS`` of a Dask cluster."""
    command.add_argument(
        "--scheduler", metavar="ADDRESS", help="work on this Dask cluster instead of this machine"
    )


def whole(least: int = 1, most: int | None = None) -> Callable[[str], int]:
    """An option's type: a whole number within ``least`` and ``most``."""

    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = None
        if value is None or value < least or (most is not None and value > most):
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number {_span(least, most)}")
        return value

    return read


def number(
    least: float = -math.inf, most: float = math.inf, *, above: float | None = None
) -> Callable[[str], float]:
    """An option's type: a finite number within ``least`` and ``most``, or greater than ``above``."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        fits = math.isfinite(value) and least <= value <= most and (above is None or value > above)
        if not fits:
            wanted = f"above {above:g}" if above is not None else _span(least, most)
            raise argparse.ArgumentTypeError(f"{text!r} is not a number {wanted}")
        return value

    return read


def json_path(text: str) -> Path | None:
    """An option's type: a file that can be written, or ``-`` for standard output (given as ``-``)."""
    return Path("-") if text == "-" else output_path(text)


def output_path(text: str) -> Path:
    """An option's type: a file that can be written, checked before any work begins."""
    try:
        check_writable(text)
    except InputError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return Path(text)


def existing_path(text: str) -> Path:
    """An option's type: a file or folder that is there."""
    if not text or not Path(text).exists():
        raise argparse.ArgumentTypeError(f"there is no file or folder {text!r}")
    return Path(text)


def existing_file(text: str) -> Path:
    """An option's type: a file that is there."""
    if not existing_path(text).is_file():
        raise argparse.ArgumentTypeError(f"{text!r} is no file")
    return Path(text)


def folder_path(text: str) -> Path:
    """An option's type: a folder that files can be written into; it need not exist yet."""
    try:
        root = os.path.realpath(text) == os.path.abspath(os.sep)
        if not text or root or (Path(text).exists() and not Path(text).is_dir()):
            raise InputError(f"{text!r} names no folder to write into.")
        check_writable(Path(text) / "file")
    except InputError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return Path(text)


def check_target(source: Path, target: Path, suffix: str, what: str) -> None:
    """Raise InputError unless a file that is written ends in ``suffix`` and is not its own source."""
    if target.suffix.lower() != suffix:
        raise InputError(f"{what} is written as {suffix}: {target.name} must end so.")
    if same_file(source, target):
        raise InputError(f"{target} is the source itself: give another name.")


def write_json(document: Any, path: Path | None) -> None:
    """Write ``document`` where ``--json`` said; nothing if it was not given.  NaN becomes null."""
    if path is None:
        return
    text = json_text(document)
    if str(path) == "-":
        sys.stdout.write(text)
    else:
        write_whole(path, text.encode())


def json_text(document: Any) -> str:
    """``document`` as JSON; NaN and infinities become null, numpy numbers plain ones."""
    return json.dumps(_plain(document), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    """What JSON can hold: numpy numbers as numbers, NaN and infinities as null."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if hasattr(value, "tolist"):  # numpy's numbers and arrays
        return _plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Path):
        return str(value)
    return value


def _span(least: float, most: float | None) -> str:
    """``from 1``, ``from 1 to 9``, or nothing for any number."""
    if most is None or most == math.inf:
        return "" if least == -math.inf else f"from {least:g}"
    return f"up to {most:g}" if least == -math.inf else f"from {least:g} to {most:g}"
