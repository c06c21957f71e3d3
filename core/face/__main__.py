"""``python -m core.face``: measure videos, and tell how far the action units can be trusted."""

import argparse
import sys
import time
from pathlib import Path

import pandas as pd

from core import checkpoints
from core.errors import InputError
from core.face.cluster import extract_on_cluster
from core.face.extract import FORMATS, Outcome, Settings, extract, find_videos
from core.face.series import DEFAULT_CUTOFF
from core.face.units.estimate import CHECKPOINT
from core.face.units.validation import by_unit, read_validation, summary


def main(arguments: list[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    try:
        if given.command == "validation":
            return _validation()
        return _extract(given)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nInterrupted. Finished files are whole; the same command goes on from here.")
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core.face", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("validation", help="print how well the shipped action units hold")
    measured = commands.add_parser("extract", help="measure videos: action units and emotions")
    add = measured.add_argument
    add("videos", type=Path, nargs="+", metavar="FILE_OR_FOLDER")
    add("--out", type=Path, required=True, help="folder for the tables and ledgers")
    add("--format", choices=FORMATS, default="openface")
    add("--emotions", action=argparse.BooleanOptionalAction, default=True)
    add("--cutoff", type=float, default=DEFAULT_CUTOFF, metavar="P", help="least presence, 0..1")
    add("--every", type=int, default=1, metavar="N", help="look at each n-th frame only")
    add("--neutral", default="none", metavar="none|START-END", help="seconds of a neutral segment")
    add("--jobs", type=int, help="processes; by default one a core")
    add("--scheduler", metavar="ADDRESS", help="work on this Dask cluster instead of this machine")
    return parser


def _validation() -> int:
    """The shipped validation: in all, then unit by unit."""
    card = checkpoints.card(CHECKPOINT)
    table, _ = read_validation()
    with pd.option_context("display.width", 200, "display.max_columns", 20):
        print(summary(table, card.config["saw_labels"]).round(3).to_string())
        print()
        found = by_unit(table)
        found.insert(0, "validated", pd.Series(card.config["validated"]))
        print(found.round(2).to_string())
    return 0


def _extract(given: argparse.Namespace) -> int:
    """Measure, tell how far it is, and end with what failed: 0 if nothing did, else 1."""
    neutral = _segment(given.neutral)
    settings = Settings(given.format, given.emotions, given.cutoff, given.every, neutral)
    videos = find_videos(given.videos)
    display = _Display(len(videos))
    failed: list[Outcome] = []
    if given.scheduler:
        outcomes = extract_on_cluster(given.scheduler, videos, given.out, settings)
    else:
        outcomes = extract(videos, given.out, settings, jobs=given.jobs, report=display.frames)
    for outcome in outcomes:
        display.outcome(outcome)
        if outcome.state == "failed":
            failed.append(outcome)
    print(f"{len(videos) - len(failed)} of {len(videos)} videos are measured in {given.out}.")
    for outcome in failed:
        print(f"failed: {outcome.video}: {outcome.report[0]}", file=sys.stderr)
    return 1 if failed else 0


def _segment(text: str) -> tuple[float, float] | None:
    """``none`` or ``START-END`` in seconds."""
    if text == "none":
        return None
    try:
        start, end = map(float, text.split("-"))
    except ValueError:
        raise InputError(f"--neutral is {text!r}; give none or START-END, such as 0-2.5.") from None
    return start, end


class _Display:
    """Progress in one line that is written over, results on lines of their own."""

    def __init__(self, videos: int) -> None:
        self._videos, self._finished = videos, 0
        self._running: dict[Path, tuple[int, int | None]] = {}
        self._begun, self._shown = time.monotonic(), 0.0

    def frames(self, video: Path, done: int, expected: int | None) -> None:
        self._running[video] = (done, expected)
        now = time.monotonic()
        if now - self._shown < (0.5 if sys.stdout.isatty() else 5):
            return
        self._shown = now
        share = self._finished + sum(
            min(1.0, done / expected) for done, expected in self._running.values() if expected
        )
        left = (now - self._begun) * (self._videos - share) / share if share else None
        told = "" if left is None else f", about {_duration(left)} left"
        names = ", ".join(
            f"{path.name} {done:,}{f'/{expected:,}' if expected else ''} frames"
            for path, (done, expected) in self._running.items()
        )
        line = f"[{self._finished}/{self._videos}{told}] {names}"
        print(f"\r\x1b[K{line[:110]}" if sys.stdout.isatty() else line, end="", flush=True)
        if not sys.stdout.isatty():
            print()

    def outcome(self, outcome: Outcome) -> None:
        self._running.pop(outcome.video, None)
        self._finished += 1
        print("\r\x1b[K" if sys.stdout.isatty() else "", end="")
        print(f"{outcome.video.name}: {outcome.state}")
        for line in outcome.report:
            print(f"  {line}")


def _duration(seconds: float) -> str:
    """``1:02:03`` or ``2:03``."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


if __name__ == "__main__":
    sys.exit(main())
