"""``python -m core.bridge``: drift of clips through codecs."""

import argparse
import shlex
import sys
import time
from pathlib import Path

from core.errors import InputError


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 on success, 1 if a clip failed, 2 on input that cannot be used."""
    given = _parser().parse_args(arguments)
    words = sys.argv[1:] if arguments is None else arguments
    try:
        return _drift(given, shlex.join(["python", "-m", "core.bridge", *map(str, words)]))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nInterrupted. What is finished is kept; the same command goes on from here.")
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core.bridge", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    drift = commands.add_parser("drift", help="how far codecs move the action units of clips")
    add = drift.add_argument
    add("clips", nargs="+", type=Path, metavar="FILE_OR_FOLDER")
    add("--labels", type=Path, help="participant,label: does the groups' difference survive?")
    add("--methods", nargs="+", help="methods or checkpoint ids (default: all but JPEG XL)")
    add("--steps", type=int, default=6, help="settings of each codec")
    add("--side", type=int, help="pixels a side at which the face is coded (default: its own)")
    add("--every", type=int, default=1, metavar="N", help="look at each n-th frame only")
    add("--frames", type=int, metavar="N", help="at most so many frames of a clip")
    add("--neutral", metavar="START-END", help="seconds of a neutral segment (for --labels)")
    add("--emotions", action=argparse.BooleanOptionalAction, default=True)
    add("--scheduler", metavar="ADDRESS", help="work on this Dask cluster instead of this machine")
    add("--work", type=Path, help="folder for finished work (default: the state folder)")
    add("--brief", action="store_true", help="write no rows of single clips")
    add("--json", type=Path, required=True, metavar="OUT.json")
    return parser


def _drift(given: argparse.Namespace, command: str) -> int:
    from core.bridge.conclusion import conclusions, people_of
    from core.bridge.document import as_document, write_document
    from core.bridge.headline import lowest_rates
    from core.bridge.methods import methods
    from core.bridge.passes import Settings
    from core.bridge.store import Store, default_folder
    from core.bridge.work import clip_names, run
    from core.face.extract import find_videos
    from core.face.units.validation import trusted_units

    chosen = methods(given.methods, given.steps)
    settings = Settings(given.side, given.every, given.frames, emotions=given.emotions)
    neutral = _segment(given.neutral)
    clips = find_videos(given.clips)
    if given.labels:
        people_of(list(clip_names(clips)), given.labels, given.labels.name)  # before the long work
    store = Store((given.work or default_folder()).resolve())
    display = _Display()
    found = run(clips, chosen, settings, store, scheduler=given.scheduler, progress=display)
    display.end()
    table = None
    if given.labels and found.clips:
        people = people_of(list(found.clips), given.labels, given.labels.name)
        table = conclusions(found.clips, people, chosen, settings, store, neutral)
    rates = lowest_rates(found.drift, trusted_units())
    document = as_document(
        found, rates, table, settings, chosen, neutral, command, given.brief
    )  # fmt: skip
    write_document(document, given.json)
    for rate in rates:
        if rate.setting is None:
            print(f"{rate.name}: no rate keeps the validated units ({rate.why})")
        else:
            print(
                f"{rate.name}: {rate.bits_per_face:,.0f} bits a face, {rate.bits_per_second:,.0f} a "
                f"second (setting {rate.setting:g}, least r {rate.least_r:.2f})"
            )
    print(f"{len(found.clips)} of {len(clips)} clips are in {given.json}.")
    for failure in found.failures:
        print(f"failed: {failure.clip} {failure.name}: {failure.why}", file=sys.stderr)
    return 1 if found.failures else 0


def _segment(text: str | None) -> tuple[float, float] | None:
    """``START-END`` in seconds."""
    if text is None:
        return None
    try:
        start, end = map(float, text.split("-"))
        if not 0 <= start < end:
            raise ValueError
    except ValueError:
        raise InputError(f"--neutral is {text!r}; give START-END in seconds, as 0-2.5.") from None
    return start, end


class _Display:
    """Progress in one line that is written over; every few seconds where nobody watches."""

    def __init__(self) -> None:
        self._begun, self._shown = time.monotonic(), 0.0

    def __call__(self, done: int, total: int, text: str) -> None:
        now = time.monotonic()
        if now - self._shown < (0.5 if sys.stderr.isatty() else 10):
            return
        self._shown = now
        share = done / max(total, 1)
        left = "" if share < 0.01 else f", {(now - self._begun) * (1 - share) / share:.0f} s left"
        line = f"[{share:.0%}{left}] {text}"
        if sys.stderr.isatty():
            print(f"\r\x1b[K{line[:110]}", end="", file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr, flush=True)

    def end(self) -> None:
        """Leave a clean line."""
        if sys.stderr.isatty():
            print("\r\x1b[K", end="", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
