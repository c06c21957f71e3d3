"""Measure videos, and tell how far the action units can be trusted."""

import argparse
import math
import sys
from pathlib import Path

from core import cli
from core.face.columns import DEFAULT_CUTOFF, LONGEST_SMOOTHING, SHORTEST_SMOOTHING
from core.face.extract import ExtractSettings, Outcome, extract
from core.face.outputs import FORMATS
from core.face.video_files import place_videos
from core.progress import TerminalProgress


def main(arguments: list[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    return cli.run(given.work, given)


def _parser() -> argparse.ArgumentParser:
    parser = cli.parser("core.face", __doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_extract(commands)
    validation = cli.command(
        commands,
        "validation",
        "print how well the shipped action units hold",
        "python -m core.face validation",
    )
    validation.add_argument(
        "--of",
        choices=("action-units", "action-units-stack"),
        help="the estimators one by one, or the calibrated stack over them (default: what is in use)",
    )
    cli.add_json(validation, "the figures of every unit")
    validation.set_defaults(work=_validation)
    return parser


def _add_extract(commands) -> None:
    command = cli.command(
        commands,
        "extract",
        "measure videos: action units and emotions, one table a video",
        "python -m core.face extract recordings/ --out tables --format openface parquet",
        words=("action unit", "intensity", "presence", "ledger"),
    )
    add = command.add_argument
    add(
        "videos",
        type=Path,
        nargs="+",
        metavar="FILE_OR_FOLDER",
        help="videos, or folders that are searched to their bottom",
    )
    add(
        "--out",
        type=cli.folder_path,
        required=True,
        metavar="FOLDER",
        help="folder for tables and ledgers, which are named as the videos are",
    )
    add(
        "--format",
        nargs="+",
        choices=list(FORMATS),
        default=["openface"],
        help="of the tables, one or both from one measurement (default: openface)",
    )
    add(
        "--emotions",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="ask the expression classifier too",
    )
    add(
        "--cutoff",
        type=cli.number(0, 1),
        default=DEFAULT_CUTOFF,
        metavar="P",
        help=f"least presence of a face that is measured, 0 to 1 (default: {DEFAULT_CUTOFF})",
    )
    add(
        "--every",
        type=cli.whole(1),
        default=1,
        metavar="N",
        help="look at each n-th frame only (default: 1)",
    )
    add(
        "--neutral",
        type=_segment,
        metavar="START-END",
        help="seconds at rest whose median is subtracted too, or none (default: none)",
    )
    add(
        "--smooth",
        type=cli.number(SHORTEST_SMOOTHING, LONGEST_SMOOTHING),
        metavar="SECONDS",
        help="smooth units over time (Savitzky-Golay, a parabola over so many seconds); the tables say "
        "so in a column (default: not)",
    )
    add(
        "--calibrated",
        action="store_true",
        help="read the units by the calibrated stack instead of the estimators one by one",
    )
    add("--jobs", type=cli.whole(1), metavar="N", help="processes (default: one a core)")
    add("--overwrite", action="store_true", help="replace files in FOLDER that are not ours")
    cli.add_scheduler(command)
    cli.add_json(command, "what came of every video")
    command.set_defaults(work=_extract)


def _segment(text: str) -> tuple[float, float] | None:
    """``none`` or ``START-END`` in seconds."""
    if text == "none":
        return None
    try:
        start, end = map(float, text.split("-"))
    except ValueError:
        start = end = -1.0
    if not 0 <= start < end < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is neither none nor START-END, such as 0-2.5")
    return start, end


def _validation(given: argparse.Namespace) -> int:
    """The shipped validation: in all, unit by unit, the response curves, and what falls."""
    from core import checkpoints
    from core.face.units.used import ESTIMATORS
    from core.face.units.validation import as_document, as_text, read_validation, validation_path

    saw_labels = checkpoints.card(ESTIMATORS).config["saw_labels"]
    table, _ = read_validation(validation_path(given.of))
    if given.json is not None:
        cli.write_json(as_document(table, saw_labels), given.json)
    if given.json is None or str(given.json) != "-":
        print(as_text(table, saw_labels))
    return 0


def _extract(given: argparse.Namespace) -> int:
    """Measure, tell how far it is, and end with what failed: 0 if nothing did, else 1."""
    settings = ExtractSettings(
        tuple(given.format),
        given.emotions,
        given.cutoff,
        given.every,
        given.neutral,
        given.smooth,
        given.calibrated,
    )
    videos = place_videos(given.videos)
    outcomes: list[Outcome] = []
    with TerminalProgress() as progress:
        display = _Display(progress, len(videos))
        if given.scheduler:
            from core.face.cluster import extract_on_cluster

            coming = extract_on_cluster(
                given.scheduler, videos, given.out, settings, overwrite=given.overwrite
            )
        else:
            coming = extract(
                videos,
                given.out,
                settings,
                jobs=given.jobs,
                overwrite=given.overwrite,
                report=display.frames,
            )
        for outcome in coming:
            outcomes.append(outcome)
            display.outcome(outcome)
    failed = [outcome for outcome in outcomes if outcome.state == "failed"]
    cli.write_json([_plain(outcome) for outcome in outcomes], given.json)
    _say(f"{len(videos) - len(failed)} of {len(videos)} videos are measured in {given.out}.", given)
    for outcome in failed:
        print(f"failed: {outcome.video}: {outcome.report[0]}", file=sys.stderr)
    return 1 if failed else 0


def _say(line: str, given: argparse.Namespace) -> None:
    """A line for people, not where JSON goes."""
    print(line, file=sys.stderr if str(given.json) == "-" else sys.stdout)


def _plain(outcome: Outcome) -> dict:
    """An outcome for JSON."""
    return {
        "video": str(outcome.video),
        "state": outcome.state,
        "record": str(outcome.output.record),
        "report": list(outcome.report),
    }


class _Display:
    """How far all videos together are; what came of each on lines that stay."""

    def __init__(self, progress: TerminalProgress, videos: int) -> None:
        self._progress, self._videos, self._finished = progress, videos, 0
        self._running: dict[Path, tuple[float, float]] = {}

    def frames(self, video: Path, done: float, expected: float) -> None:
        """Frames of one video are done."""
        self._running[video] = (done, expected)
        self._show_running()

    def outcome(self, outcome: Outcome) -> None:
        """A video is finished, well or not."""
        self._running.pop(outcome.video, None)
        self._finished += 1
        self._progress.say(f"{outcome.video.name}: {outcome.state}")
        for line in outcome.report:
            self._progress.say(f"  {line}")
        self._show_running()

    def _show_running(self) -> None:
        parts = [min(1.0, done / all) for done, all in self._running.values() if all]
        names = ", ".join(
            f"{path.name} {done:,.0f} frames" for path, (done, _) in self._running.items()
        )
        text = f"{self._finished} of {self._videos} videos; {names}".rstrip("; ")
        self._progress(self._finished + sum(parts), self._videos, text)


if __name__ == "__main__":
    sys.exit(main())
