"""Videos as a stream of upright pictures with their times; one frame in memory at a time."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.errors import InputError

SUFFIXES = (".mp4", ".mov", ".webm", ".avi", ".mkv", ".gif", ".m4v", ".mpg", ".mpeg", ".wmv")
LONGEST_SIDE = 8192
_FRAMES_DEPEND = ("gif",)
"""Codecs whose frames are drawn over each other, though the container calls each a key frame."""


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """What a container says of its video.

    ``expected``: frames, from the container's count or else duration times rate; None where it says
    neither.  ``rate``: frames a second, None where unknown.  ``duration``: seconds or None.
    ``height`` and ``width`` are those of the upright picture.  ``rotation``: degrees by which a
    player turns the stored picture, counter-clockwise.
    """

    expected: int | None
    rate: float | None
    duration: float | None
    height: int
    width: int
    codec: str
    rotation: int


@dataclass(frozen=True, slots=True)
class Frame:
    """An upright picture, uint8 (H, W, 3), its number (from 0) and its time.

    ``time``: seconds from the start of the video stream by the container's timestamp; one interval
    after the frame before where the container gives none.
    """

    number: int
    time: float
    picture: np.ndarray


class Video:
    """A video file that is read once, from front to back.

    ::

        with open_video(path) as video:
            for frame in video:
                ...

    After the loop ``damaged`` counts the packets that could not be decoded.
    """

    def __init__(self, container, stream) -> None:
        self._container, self._stream = container, stream
        self.damaged = 0
        self._frames = self._decode()
        self._first = next(self._frames, None)
        if self._first is None:
            raise InputError("it has a video stream, but not one frame of it can be decoded.")
        # Asking a frame for its side data keeps its picture alive until a garbage collection.
        self._turn = _matrix(self._first)
        self.facts = self._facts()

    def __iter__(self) -> Iterator[Frame]:
        """The frames from the first; each is forgotten when the next is asked for."""
        start = self._stream.start_time
        base = float(self._stream.time_base or 0)
        interval = 1 / self.facts.rate if self.facts.rate else 0.04
        number, time = 0, -interval
        frame, self._first = self._first, None
        while frame is not None:
            if frame.pts is None:
                time += interval
            else:
                start = frame.pts if start is None else start
                time = (frame.pts - start) * base
            yield Frame(number, time, self._shown(frame))
            number += 1
            frame = next(self._frames, None)

    def at(self, time: float) -> np.ndarray | None:
        """The picture nearest to ``time`` (seconds), uint8 (H, W, 3), found by seeking.

        Before any frame was read, and only once.  None where this file cannot be sought in.
        """
        import av

        first, base = self._first, float(self._stream.time_base or 0)
        if first.pts is None or not base or self._stream.codec_context.name in _FRAMES_DEPEND:
            return None
        start = self._stream.start_time
        wanted = (first.pts if start is None else start) + round(time / base)
        try:
            self._container.seek(wanted, stream=self._stream, backward=True)
        except av.error.FFmpegError:
            return None
        best = None
        for frame in self._decode():
            if frame.pts is None or (best is None and frame.pts > wanted and frame.pts > first.pts):
                return None  # the seek went too far
            if best is None or abs(frame.pts - wanted) < abs(best.pts - wanted):
                best = frame
            if frame.pts >= wanted:
                break
        return None if best is None else self._shown(best)

    def _decode(self):
        """Decoded frames; packets that fail are counted and passed over."""
        import av

        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except av.error.FFmpegError:  # the container breaks off
                self.damaged += 1
                return
            try:
                yield from packet.decode()
            except av.error.FFmpegError:
                self.damaged += 1

    def _shown(self, frame) -> np.ndarray:
        """A decoded frame as a player shows it, uint8 (H, W, 3)."""
        if frame.rotation != self.facts.rotation:
            return _upright(frame.to_ndarray(format="rgb24"), _matrix(frame))
        return _upright(frame.to_ndarray(format="rgb24"), self._turn)

    def _facts(self) -> VideoFacts:
        stream, first = self._stream, self._first
        rate = float(stream.average_rate) if stream.average_rate else None
        if stream.duration and stream.time_base:
            duration = float(stream.duration * stream.time_base)
        else:
            length = self._container.duration
            duration = length / 1e6 if length and length > 0 else None
        expected = stream.frames or (round(duration * rate) if duration and rate else None)
        turned = self._turn[0, 0] == 0
        height, width = (first.width, first.height) if turned else (first.height, first.width)
        name = stream.codec_context.name
        return VideoFacts(expected, rate, duration, height, width, name, int(first.rotation))


@contextmanager
def open_video(path: str | Path) -> Iterator[Video]:
    """Open a video file.

    Raises InputError that says what is wrong: missing, empty, not a video, cut off before its index,
    sound only, no decodable frame, pictures over 8192 pixels a side.
    """
    import av

    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path} is not a file.")
    size = path.stat().st_size
    if size == 0:
        raise InputError(f"{path.name} is empty (0 bytes).")
    try:
        container = av.open(str(path), metadata_errors="replace")
    except (av.error.FFmpegError, ValueError) as error:
        raise InputError(_unreadable(path, size)) from error
    with container:
        streams = [s for s in container.streams.video if not _is_cover(s)]
        if not streams:
            held = "sound only" if container.streams.audio else "no video stream"
            raise InputError(f"{path.name} has {held}; a file with moving pictures is needed.")
        stream = streams[0]
        if max(stream.width or 0, stream.height or 0) > LONGEST_SIDE:
            raise InputError(
                f"{path.name} has pictures of {stream.width}x{stream.height} pixels; at most "
                f"{LONGEST_SIDE} a side can be read. Scale it down first."
            )
        stream.codec_context.thread_count = 1
        try:
            video = Video(container, stream)
        except InputError as error:
            raise InputError(f"{path.name} cannot be used: {error}") from None
        yield video


@contextmanager
def ahead(video: Video, most: int = 8) -> Iterator[Iterator[Frame]]:
    """The frames of ``video``, decoded by a thread of its own up to ``most`` before they are asked for.

    Nothing is decoded any more once the context ends.
    """
    with ThreadPoolExecutor(1) as decoder:
        frames = iter(video)
        waiting = deque(decoder.submit(next, frames, None) for _ in range(most))

        def read() -> Iterator[Frame]:
            while (frame := waiting.popleft().result()) is not None:
                waiting.append(decoder.submit(next, frames, None))
                yield frame

        try:
            yield read()
        finally:
            decoder.shutdown(cancel_futures=True)


def read_frame(path: str | Path, time: float) -> np.ndarray:
    """One picture of a video, uint8 (H, W, 3): the one nearest to ``time``, seconds from the start.

    Sought where the file allows it, else read up to there.  Raises InputError as :func:`open_video`.
    """
    with open_video(path) as video:
        found = video.at(time)
    if found is not None:
        return found
    with open_video(path) as video:
        before: Frame | None = None
        for frame in video:
            if frame.time >= time:
                late = before is None or frame.time - time <= time - before.time
                return frame.picture if late else before.picture
            before = frame
    return before.picture


def _unreadable(path: Path, size: int) -> str:
    """Why a file could not be opened, as far as it can be told."""
    with path.open("rb") as file:
        head = file.read(16)
    known = head[4:8] in (b"ftyp", b"moov", b"mdat") or head[:4] in (
        b"RIFF",
        b"\x1aE\xdf\xa3",
        b"GIF8",
    )
    if known:
        return (
            f"{path.name} begins like a video but cannot be opened: it is damaged or was cut off "
            f"({size:,} bytes arrived). Copy or record it again."
        )
    return f"{path.name} is not a video that can be read (mp4, mov, webm, avi, mkv and gif can)."


def _is_cover(stream) -> bool:
    """Whether a stream is the picture on the cover of a sound file."""
    import av

    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def _matrix(frame) -> np.ndarray:
    """The display matrix (2, 2) from stored to shown pixels, to the nearest quarter turn."""
    for side in frame.side_data:
        if side.type.name == "DISPLAYMATRIX":
            a, b, _, c, d, *_ = np.frombuffer(bytes(side), "<i4")
            matrix = np.array([[a, c], [b, d]]) / 65536
            if abs(abs(matrix).max()) > 0:
                quarter = np.rint(matrix / abs(matrix).max()).astype(int)
                if abs(quarter).sum() == 2 and abs(np.linalg.det(quarter)) == 1:
                    return quarter
    return np.eye(2, dtype=int)


def _upright(picture: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """A stored picture turned and mirrored by quarter turns as the display matrix asks."""
    (a, c), (b, d) = matrix
    if a == 0:
        return np.ascontiguousarray(picture.transpose(1, 0, 2)[::b, ::c])
    return picture if (a, d) == (1, 1) else np.ascontiguousarray(picture[::d, ::a])
