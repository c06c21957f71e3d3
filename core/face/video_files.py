"""Which files are videos: by their names, in folders and below them."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from core.errors import InputError

SUFFIXES = (
    ".mp4", ".mov", ".webm", ".avi", ".mkv", ".gif", ".m4v", ".mpg", ".mpeg", ".wmv", ".mts",
    ".m2ts", ".ts", ".3gp", ".3g2", ".flv", ".f4v", ".ogv", ".h264", ".264", ".h265", ".265",
    ".hevc", ".mxf", ".vob", ".asf", ".divx", ".dv", ".mjpeg", ".mjpg", ".m2v", ".ivf", ".y4m",
)  # fmt: skip
"""What cameras, phones and laboratories write; other files can still be named one by one."""


@dataclass(frozen=True, slots=True)
class VideoFile:
    """A video to be measured; ``place``: where it stands below what was given, with its suffix.

    Results are kept under the same place, so that two people's ``session1.mp4`` stay two.
    """

    path: Path
    place: Path


def is_video_name(name: str) -> bool:
    """Whether a file of that name is taken for a video.

    ``._clip.mp4`` is what macOS leaves beside a file on a foreign disk, and no video.
    """
    return not name.startswith("._") and Path(name).suffix.lower() in SUFFIXES


def find_videos(given: Iterable[Path]) -> list[Path]:
    """The paths of :func:`place_videos`."""
    return [video.path for video in place_videos(given)]


def place_videos(given: Iterable[Path]) -> list[VideoFile]:
    """The files named, and the videos in and below the folders named, in order, once each.

    Links are followed and keep their own names.  A file's place is its path as it was given, or, for
    one given from the root or from above, its name in its folder; in a folder, its path from there,
    below the folder's name if several are given.  Raises InputError that lists what
    does not exist and folders without a video.
    """
    given = list(given)
    several = sum(path.is_dir() for path in given) > 1
    videos: dict[str, VideoFile] = {}
    wrong = []
    for path in given:
        if path.is_dir():
            root = Path(path.resolve().name) if several else Path()
            inside = [VideoFile(each, root / each.relative_to(path)) for each in _below(path)]
            if not inside:
                wrong.append(f"no video ({', '.join(SUFFIXES)}) in the folder {path}")
        elif path.is_file():
            inside = [VideoFile(path, _place(path))]
        else:
            inside = []
            wrong.append(f"{path} does not exist")
        for video in inside:
            whole = os.path.abspath(video.path)  # a link is another video than what it points to
            videos.setdefault(whole, VideoFile(Path(whole), video.place))
    if wrong:
        raise InputError(f"Nothing was measured: {'; '.join(wrong)}.")
    return list(videos.values())


def _below(folder: Path) -> Iterator[Path]:
    """Videos in a folder and below it, sorted; linked folders too, but none inside itself."""
    entered = {os.path.realpath(folder)}
    for where, folders, files in os.walk(folder, followlinks=True):
        folders.sort()
        for name in list(folders):
            real = os.path.realpath(os.path.join(where, name))
            if os.path.islink(os.path.join(where, name)) and real in entered:
                folders.remove(name)
            entered.add(real)
        yield from (Path(where) / name for name in sorted(files) if is_video_name(name))


def _place(path: Path) -> Path:
    """Where a named file stands: ``P01/clip.mp4``, and so does ``/data/P01/clip.mp4``."""
    if not path.is_absolute() and ".." not in path.parts:
        return path
    return Path(path.resolve().parent.name) / path.name
