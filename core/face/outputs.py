"""Where the results of videos go, and whose the files are that are there already.

Each video has a JSON of the ledger and of where the numbers come from, and beside it one table a
format.  The JSON is written before the tables, as unfinished, and again at the end: a table that no
JSON of ours names is somebody else's.
"""

import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from core.errors import InputError
from core.face.video_files import VideoFile
from core.files import check_writable, write_whole

FORMATS = {"openface": ".csv", "parquet": ".parquet"}
_LEAST_SPACE = 16 * 2**20
_TABLE_SHARE = 0.05
"""Free bytes wanted before measuring begins, besides a twentieth of the videos'."""


@dataclass(frozen=True, slots=True)
class Output:
    """The files of one video: ``base`` is their path without a suffix."""

    base: Path

    @property
    def record(self) -> Path:
        """The JSON."""
        return self.base.with_name(f"{self.base.name}.json")

    def table(self, format: str) -> Path:
        """The table in one of :data:`FORMATS`."""
        return self.base.with_name(self.base.name + FORMATS[format])

    def read_record(self) -> dict | None:
        """What the JSON says; None where there is none or it is not of this program."""
        try:
            record = json.loads(self.record.read_text())
        except (OSError, ValueError):
            return None
        ours = isinstance(record, dict) and {"sha256", "settings"} <= set(record)
        return record if ours else None

    def write_record(self, record: dict) -> None:
        """Write the JSON, whole or not at all."""
        write_whole(self.record, (json.dumps(record, indent=1) + "\n").encode())


def plan_outputs(videos: Iterable[VideoFile], out: Path) -> dict[Path, Output]:
    """Path of each video -> its files: its place below ``out``.

    Where two places differ in their suffix alone, it stays in the names; where two videos from
    different folders have one place, a mark tells them apart.
    """
    videos = list(videos)
    stems = Counter(video.place.with_suffix("") for video in videos)
    places = Counter(video.place for video in videos)
    outputs = {}
    for video in videos:
        place = video.place.with_suffix("")
        if stems[place] > 1:
            place = video.place
        if places[video.place] > 1:
            mark = hashlib.sha256(os.fsencode(video.path)).hexdigest()[:6]
            place = place.with_name(f"{place.name}-{mark}")
        outputs[video.path] = Output(out / place)
    return outputs


def check_outputs(
    outputs: dict[Path, Output], formats: Iterable[str], *, overwrite: bool = False
) -> None:
    """Raise InputError, listing everything that stands in the way, before any video is measured.

    A file that is not of this program, or that holds the numbers of another video, is replaced only
    with ``overwrite``.
    """
    formats = list(formats)
    wrong = []
    for video, output in outputs.items():
        paths = [output.record, *(output.table(format) for format in formats)]
        try:
            for path in paths:
                check_writable(path)
        except InputError as error:
            wrong.append(str(error).rstrip("."))
            continue
        if not overwrite and (why := _taken(video, output, paths)):
            wrong.append(why)
    if outputs and not wrong:
        _check_space(outputs)
    if wrong:
        more = f" (and {len(wrong) - 8} more)" if len(wrong) > 8 else ""
        raise InputError(f"Nothing was measured: {'; '.join(wrong[:8])}{more}.")


def digest(path: Path) -> str:
    """SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _taken(video: Path, output: Output, paths: list[Path]) -> str | None:
    """Why a video's files may not be written, None if they may."""
    record = output.read_record()
    ours = {output.record.name, *record.get("tables", {}).values()} if record else set()
    for path in paths:
        if path.name not in ours and os.path.lexists(path):
            return (
                f"{path} is not of this program (--overwrite replaces it, or choose another --out)"
            )
    if record is None:
        return None
    source = record.get("source")
    if source in (None, str(video)) or record["sha256"] == digest(video):
        return None
    return (
        f"{output.record.with_suffix('')} holds the numbers of {source} "
        "(--overwrite replaces them, or choose another --out)"
    )


def _check_space(outputs: dict[Path, Output]) -> None:
    """Raise InputError where the disk is too full for the tables."""
    folder = next(iter(outputs.values())).base.parent
    while not folder.exists():
        folder = folder.parent
    wanted = _LEAST_SPACE + round(_TABLE_SHARE * sum(video.stat().st_size for video in outputs))
    free = shutil.disk_usage(folder).free
    if free < wanted:
        raise InputError(
            f"Nothing was measured: the disk of {folder} has {free / 2**20:,.0f} MB left, and the "
            f"tables may need {wanted / 2**20:,.0f} MB."
        )
