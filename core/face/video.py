"""Videos as a stream of pictures as a player shows them, with their times; one frame in memory at a time.

::

    file -> best stream -> packets -> notes (core.face.packets) -> frames
                                                                     | square pixels, upright,
                                                                     v one size (core.face.display)
                                              Frame(number, time, picture, damaged)
"""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.errors import InputError
from core.face.display import display_of, pixel_aspect
from core.face.packets import PacketNotes

LONGEST_SIDE = 8192
_FRAMES_DEPEND = ("gif",)
"""Codecs whose frames are drawn over each other, though the container calls each a key frame."""
_ENDS_NOT_LENGTHS = ("matroska,webm", "flv")
"""Containers whose duration is the time at which they end, whenever their first picture comes."""


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """What a container says of its video.

    ``expected``: frames, from the container's count (then ``counted``) or else duration times rate;
    None where it says neither.  ``rate``: frames a second, None where unknown.  ``duration``:
    seconds of pictures or None.  ``height`` and ``width`` are those of the picture as shown.
    ``rotation``: degrees by which a player turns the stored picture, counter-clockwise.  ``aspect``:
    width of a stored pixel in its heights.  ``offset``: seconds on the file's clock, which players
    show, at which the first picture comes; sound may begin earlier.  ``first_timestamp``: the
    container's own stamp of it in seconds, None where it gives none.  ``stream``: index of the stream
    that is read, the best of ``streams`` with moving pictures.
    """

    expected: int | None
    rate: float | None
    duration: float | None
    height: int
    width: int
    codec: str
    rotation: int
    counted: bool = False
    aspect: float = 1.0
    offset: float = 0.0
    first_timestamp: float | None = None
    stream: int = 0
    streams: int = 1


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture as shown, uint8 (H, W, 3), its number (from 0) and its time.

    ``time``: seconds on the file's clock by the container's timestamp; one interval after the frame
    before where the container gives none.  ``damaged``: the decoder patched this picture, or one
    that it builds upon; it shows what was never recorded.
    """

    number: int
    time: float
    picture: np.ndarray
    damaged: bool = False


class Video:
    """A video file that is read once, from front to back.

    ::

        with open_video(path) as video:
            for frame in video:
                ...

    After the loop ``damaged`` counts the packets that could not be decoded, ``hidden`` the frames
    that an edit list leaves out, ``resized`` those that were stored in another size than the first.
    """

    def __init__(self, container, stream, streams: int = 1) -> None:
        self._container, self._stream = container, stream
        self._notes = PacketNotes(container, stream)
        self._broken = 0
        self.resized = 0
        self._frames = self._decode()
        self._first = next(self._frames, None)
        if self._first is None:
            raise InputError("it has a video stream, but not one frame of it can be decoded.")
        self._note = self._notes.of(self._first)
        self._display = display_of(self._first, pixel_aspect(stream))
        self._zero = self._clock()
        self.facts = self._facts(streams)

    @property
    def damaged(self) -> int:
        """Packets that could not be decoded, so far."""
        return self._notes.failed + self._broken

    @property
    def hidden(self) -> int:
        """Frames that the file's edit list leaves out, so far."""
        return self._notes.hidden

    @property
    def doubtful(self) -> set[int]:
        """Numbers of frames that were given back as whole before damage in them was found."""
        return self._notes.doubtful

    def __iter__(self) -> Iterator[Frame]:
        """The frames from the first; each is forgotten when the next is asked for."""
        base = float(self._stream.time_base or 0)
        interval = 1 / self.facts.rate if self.facts.rate else 0.04
        number, time = 0, self.facts.offset - interval
        frame, note = self._first, self._note
        self._first = None
        while frame is not None:
            time = time + interval if note.stamp is None else (note.stamp - self._zero) * base
            self.resized += not self._display.fits(frame)
            yield Frame(number, time, self._display.picture(frame), note.patched)
            number += 1
            if (frame := next(self._frames, None)) is not None:
                note = self._notes.of(frame)

    def at(self, time: float) -> np.ndarray | None:
        """The picture nearest to ``time`` (seconds on the file's clock), uint8 (H, W, 3), by seeking.

        Before any frame was read, and only once.  None where this file cannot be sought in.
        """
        import av

        first, base = self._note.stamp, float(self._stream.time_base or 0)
        if first is None or not base or self._stream.codec_context.name in _FRAMES_DEPEND:
            return None
        if self._notes.reorders_slots:  # which slot is whose is known from the beginning only
            return None
        wanted = self._zero + round(time / base)
        try:
            self._container.seek(wanted, stream=self._stream, backward=True)
        except av.error.FFmpegError:
            return None
        best, nearest = None, 0
        for frame in self._decode():
            stamp = self._notes.of(frame).stamp
            if stamp is None or (best is None and stamp > wanted and stamp > first):
                return None  # the seek went too far
            if best is None or abs(stamp - wanted) < abs(nearest - wanted):
                best, nearest = frame, stamp
            if stamp >= wanted:
                break
        return None if best is None else self._display.picture(best)

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
                self._broken += 1
                return
            yield from self._notes.decode(packet)

    def _clock(self) -> int:
        """The timestamp, in the stream's units, at which the file's clock says 0.

        The clock begins with the file's first stream; a little sound before 0, which an encoder
        needs to begin, does not count.
        """
        first, base = self._note.stamp, float(self._stream.time_base or 0)
        begins = self._container.start_time
        if first is None or not base or begins is None:
            return first or 0
        zero = round(begins / 1e6 / base)
        if zero < 0 <= first:
            return 0
        return min(zero, first)

    def _facts(self, streams: int) -> VideoFacts:
        stream = self._stream
        rate = float(stream.average_rate) if stream.average_rate else None
        first, base = self._note.stamp, float(stream.time_base or 0)
        if stream.duration and base:
            duration = float(stream.duration * stream.time_base)
        else:
            length = self._container.duration
            duration = length / 1e6 if length and length > 0 else None
            if duration and first and self._container.format.name in _ENDS_NOT_LENGTHS:
                duration = max(0.0, duration - first * base) or None
        count = stream.frames or _tagged(stream)
        height, width = self._display.shape
        return VideoFacts(
            expected=count or (round(duration * rate) if duration and rate else None),
            rate=rate,
            duration=duration,
            height=height,
            width=width,
            codec=stream.codec_context.name,
            rotation=self._display.rotation,
            counted=bool(count),
            aspect=self._display.aspect,
            offset=0.0 if first is None else (first - self._zero) * base,
            first_timestamp=None if first is None else first * base,
            stream=stream.index,
            streams=streams,
        )


@contextmanager
def open_video(path: str | Path) -> Iterator[Video]:
    """Open a video file.

    Of several streams of moving pictures the one with the largest is read, and ``facts`` tell.
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
        readable = [s for s in streams if s.codec_context is not None]
        if not readable:
            raise InputError(
                f"{path.name} is stored by a codec that cannot be read here. Store it anew, for example: "
                "ffmpeg -i IN -c:v libx264 OUT.mp4"
            )
        stream = _best(readable)
        if max(stream.width or 0, stream.height or 0) > LONGEST_SIDE:
            raise InputError(
                f"{path.name} has pictures of {stream.width}x{stream.height} pixels; at most "
                f"{LONGEST_SIDE} a side can be read. Scale it down first."
            )
        stream.codec_context.thread_count = 1
        stream.codec_context.options = {"err_detect": "crccheck"}  # check sums that a file may hold
        try:
            video = Video(container, stream, len(streams))
        except InputError as error:
            raise InputError(f"{path.name} cannot be used: {error}") from None
        yield video


@contextmanager
def prefetch(video: Video, most: int = 8) -> Iterator[Iterator[Frame]]:
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
    """One picture of a video, uint8 (H, W, 3): the one nearest to ``time``, seconds on the file's clock.

    Sought where the file allows it, else read up to there.  Raises InputError as :func:`open_video`.
    """
    with open_video(path) as video:
        picture = video.at(time)
    if picture is not None:
        return picture
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
    return bool(stream.disposition & _disposition().attached_pic)


def _disposition():
    """PyAV's names for what a stream is meant for."""
    from av.stream import Disposition

    return Disposition


def _best(streams):
    """The stream with the largest pictures, which ``ffmpeg`` takes too; of equals the default one."""
    default = _disposition().default
    return max(
        streams, key=lambda s: ((s.width or 0) * (s.height or 0), bool(s.disposition & default))
    )


def _tagged(stream) -> int:
    """The number of frames that a Matroska writer noted, 0 if none did."""
    for name, text in stream.metadata.items():
        if name.upper().startswith("NUMBER_OF_FRAMES") and text.isdigit():
            return int(text)
    return 0
