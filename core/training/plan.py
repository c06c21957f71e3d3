"""What ``python -m core.training all`` trains, in which order, and what share of the time each gets.

The order is that of wanting: whatever a stop cuts off is what is missed least.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from core import cli
from core.errors import InputError
from core.folders import state_folder

LEAST_SECONDS = 3.0
"""Nets that would get less are left out, from the end of the list."""

UNITS_NET = "action-units"
"""The estimators of action units and the stack over them."""


@dataclass(frozen=True, slots=True)
class Net:
    """One training: its checkpoint's id, its method, its share of the time, cool-down included."""

    id: str
    method: str
    share: float
    gamma: float | None = None
    seed: int = 0


NETS = (
    Net("base", "classifier", 0.14),
    Net("baseline", "baseline", 0.38),
    Net("joint-g0.2", "joint", 0.09, 0.2),
    Net("codec-g0.2", "codec", 0.08, 0.2),
    Net("control", "control", 0.05),
    Net("joint-g2", "joint", 0.05, 2.0),
    Net("codec-g2", "codec", 0.04, 2.0),
    Net("joint-g20", "joint", 0.04, 20.0),
    Net("codec-g20", "codec", 0.04, 20.0),
    Net("joint-g0.2-s1", "joint", 0.03, 0.2, 1),
    Net(UNITS_NET, UNITS_NET, 0.06),
)
"""Later nets of codecs begin with the first two; the action units have faces of their own."""


def chosen(only: Iterable[str] | None) -> tuple[Net, ...]:
    """The nets that ``--only`` names, by id or method; InputError for a word that names none."""
    words = set(only or ())
    if not words:
        return NETS
    unknown = words - {word for net in NETS for word in (net.id, net.method)}
    if unknown:
        known = ", ".join(dict.fromkeys(word for net in NETS for word in (net.method, net.id)))
        raise InputError(f"--only {' '.join(sorted(unknown))}: known are {known}.")
    return tuple(net for net in NETS if words & {net.id, net.method})


def allot(nets: Iterable[Net], seconds: float, writing: float = 0.0) -> dict[str, float]:
    """Seconds of training for each net by id, in proportion to its share.

    ``seconds`` are left in all, and each net takes ``writing`` of them to be measured and written.  Nets
    for which too few are left are not in the result, from the end; the first always stays.
    """
    left = list(nets)
    while left:
        whole = sum(net.share for net in left)
        free = max(0.0, seconds - writing * len(left))
        allotted = {net.id: free * net.share / whole for net in left}
        if len(left) == 1 or min(allotted.values()) >= LEAST_SECONDS:
            return allotted
        left.pop()
    return {}


def claim_folders(given: argparse.Namespace) -> tuple[Path, Path]:
    """The folders of results and of state; everything that is written goes there and nowhere else.

    To be called before anything that writes caches is imported.
    """
    state = Path(given.state) if given.state else state_folder() / "training-all"
    out = Path(given.out) if given.out else state / "out"
    for folder in (out, state):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"{folder} cannot be used: {error.strerror}.") from error
        if not os.access(folder, os.W_OK | os.X_OK):
            raise InputError(f"{folder} cannot be written: permission denied.")
    state, out = state.resolve(), out.resolve()
    sys.dont_write_bytecode = True
    os.environ["EXPRESSRATE_CHECKPOINTS"] = str(out)
    os.environ["XDG_CACHE_HOME"] = str(state / "cache")
    for name in (
        "TORCHINDUCTOR_CACHE_DIR", "TRITON_CACHE_DIR", "CUDA_CACHE_PATH", "NUMBA_CACHE_DIR",
        "MPLCONFIGDIR", "TMPDIR",
    ):  # fmt: skip
        place = state / "cache" / name.lower()
        place.mkdir(parents=True, exist_ok=True)
        os.environ[name] = str(place)
    return out, state


def add_command(commands, add_common: Callable[[argparse.ArgumentParser], None]) -> None:
    """The command ``all`` and its options."""
    command = cli.command(
        commands,
        "all",
        "classifier, baseline codec, all regimes and action units, in the minutes that there are",
        "python -m core.training all --minutes 9.5 --data DATA --out trained --state unfinished",
    )
    add_common(command)
    command.add_argument(
        "--minutes", type=cli.number(above=0), required=True, help="minutes of the clock in all"
    )
    command.add_argument(
        "--out", type=cli.folder_path, metavar="FOLDER", help="where nets go as they are done"
    )
    command.add_argument(
        "--state", type=cli.folder_path, metavar="FOLDER", help="where unfinished work is kept"
    )
    command.add_argument(
        "--only",
        nargs="+",
        metavar="NET",
        help="methods or ids: " + ", ".join(net.id for net in NETS),
    )
    command.add_argument(
        "--N", type=cli.whole(8, 512), default=128, help="channels of the transforms (default: 128)"
    )
    command.add_argument(
        "--M", type=cli.whole(8, 512), default=240, help="channels of y (default: 240; 320: finer)"
    )
    command.add_argument(
        "--votes",
        type=cli.number(0, 1),
        default=0.0,
        help="share of FER+ votes in the labels (default: 0)",
    )
    command.add_argument(
        "--faces", type=cli.whole(1), help="faces a step (default: what fits the device)"
    )
    command.add_argument(
        "--shots",
        type=cli.number(above=0),
        default=1.0,
        help="part of the usual faces that are made for the action units (default: 1)",
    )
    command.add_argument(
        "--compile",
        choices=("auto", "never", "always"),
        default="auto",
        help="compiled networks (default: auto, on a card that has 15 minutes or more)",
    )
