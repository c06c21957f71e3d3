"""Whole recordings stored again as ffmpeg would: codec, constant rate factor, size, frame rate.

::

    source -> decode -> upright -> each n-th frame -> scale -> pixel format -> encoder -> MP4 file

Pictures never leave the decoder's own colour planes, as in ffmpeg; :func:`ffmpeg_command` is the
command that does the same.
"""

import os
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from core.bridge.encoders import (
    ENCODERS,
    PLAIN,
    Encoder,
    least_steps,
    pixels_problem,
    preset_problem,
    written_as,
)
from core.bridge.films import usual_priority
from core.errors import InputError
from core.files import whole_file

_SUFFIX = {"mjpeg": ".mov"}
_TURNS = {0: (), 90: ("cclock",), 180: ("clock", "clock"), 270: ("clock",)}
"""Degrees that a picture is to be turned against the clock -> directions of the transpose filter."""


@dataclass(frozen=True, slots=True)
class Recording:
    """How a recording is stored.

    ``method``: key of :data:`core.bridge.encoders.ENCODERS`; ``quality``: constant rate factor, of
    MJPEG the quantiser; less is better.  ``lines``: height in pixels that the picture is scaled to,
    or ``face``: width in pixels that the face in it then has; without either its own size.
    ``every``: each n-th frame is kept.  ``before``: stored like that first, and this is stored from
    it (a phone's H.264 stored again).  ``preset``: empty for the encoder's usual one.  ``pixels``:
    ffmpeg's name of a pixel format.  ``gop``: frames from one key frame to the next at most, None:
    as the encoder likes.
    """

    method: str
    quality: int
    lines: int | None = None
    every: int = 1
    before: "Recording | None" = None
    face: int | None = None
    preset: str = ""
    pixels: str = PLAIN
    gop: int | None = None

    def __post_init__(self) -> None:
        wrong = self._problems()
        if wrong:
            raise InputError(f"A recording cannot be stored like that: {'; '.join(wrong)}.")

    def _problems(self) -> list[str]:
        if self.method not in ENCODERS:
            return [f"the codec is {self.method!r}, not one of {', '.join(ENCODERS)}"]
        encoder, wrong = self.encoder, []
        if not encoder.fine <= self.quality <= encoder.coarse:
            wrong.append(
                f"{encoder.flag} is {self.quality}, not within {encoder.fine} to {encoder.coarse}"
            )
        if self.lines is not None and not (32 <= self.lines <= 4320 and self.lines % 2 == 0):
            wrong.append(f"the height is {self.lines}, not an even number from 32 to 4320")
        if self.face is not None and not 16 <= self.face <= 2000:
            wrong.append(f"the face is to be {self.face} pixels wide, not 16 to 2000")
        if self.face is not None and self.lines is not None:
            wrong.append("both a height and a width of the face are given")
        if not 1 <= self.every <= 60:
            wrong.append(f"every {self.every}th frame is not one of 1 to 60")
        if self.gop is not None and not 1 <= self.gop <= 1000:
            wrong.append(f"a key frame each {self.gop} frames is not one of 1 to 1000")
        if self.preset:
            wrong.append(preset_problem(self.method, self.preset))
        wrong.append(pixels_problem(self.method, self.pixels))
        return [problem for problem in wrong if problem]

    def sized(self, height: int, face_width: float) -> "Recording":
        """The same for one clip, of pictures so high with faces so wide (pixels): with ``lines``.

        Nothing is ever enlarged: a clip that is smaller already keeps its own size.
        """
        before = self.before and self.before.sized(height, face_width)
        now = height if before is None or before.lines is None else before.lines
        lines = self.lines
        if self.face is not None:
            wanted = height * self.face / face_width
            lines = max(32, 2 * round(wanted / 2))
        if lines is not None and lines >= now:
            lines = None
        return replace(self, lines=lines, face=None, before=before)

    @property
    def encoder(self) -> Encoder:
        """The encoder of its method."""
        return ENCODERS[self.method]

    @property
    def used_preset(self) -> str:
        """The preset asked for, or the encoder's usual one; empty where it has none."""
        return self.preset or self.encoder.preset

    @property
    def suffix(self) -> str:
        """Of its file."""
        return _SUFFIX.get(self.method, ".mp4")


def store_recording(source: Path, recording: Recording, target: Path) -> None:
    """Write ``source`` without sound to ``target`` as ``recording`` says; whole or not at all.

    Times are those of the source.  Raises InputError for a file that is no video and for a size that
    the codec cannot hold, ValueError for a recording that names a face's width instead of lines.
    """
    _refuse_unsized(recording)
    if recording.before is not None:
        first = target.with_name(f"{target.stem}-first{recording.before.suffix}")
        try:
            store_recording(source, recording.before, first)
            store_recording(first, _alone(recording), target)
        finally:
            first.unlink(missing_ok=True)
        return
    with whole_file(target) as temporary:
        _transcode(source, recording, temporary)


def ffmpeg_command(recording: Recording, source: str = "IN.mp4", target: str = "") -> str:
    """The ffmpeg command line that stores ``source`` like that; two of them for a chain.

    Raises ValueError for a recording that names a face's width instead of lines.
    """
    _refuse_unsized(recording)
    target = target or f"OUT{recording.suffix}"
    if recording.before is not None:
        first = f"FIRST{recording.before.suffix}"
        return (
            ffmpeg_command(recording.before, source, first)
            + " && "
            + ffmpeg_command(_alone(recording), first, target)
        )
    encoder = recording.encoder
    filters = []
    if recording.every > 1:
        filters.append(f"select=not(mod(n\\,{recording.every}))")
    if recording.lines is not None:
        filters.append(f"scale=-2:{recording.lines}")
    words = ["ffmpeg", "-i", source, "-an"]
    words += ["-vf", ",".join(filters)] if filters else []
    words += ["-fps_mode", "passthrough"] if recording.every > 1 else []
    words += ["-c:v", encoder.name]
    words += ["-preset", recording.used_preset] if recording.used_preset else []
    words += [f"-{encoder.flag}", str(recording.quality)]
    words += ["-pix_fmt", written_as(recording.method, recording.pixels)]
    words += [] if recording.gop is None else ["-g", str(recording.gop)]
    if recording.method == "hevc":  # without the encoder's note of some thousand bytes on itself
        words += ["-x265-params", "info=0", "-tag:v", "hvc1"]
    return shlex.join([*words, target])


def read_recording(text: str) -> Recording:
    """``CODEC:QUALITY`` or ``CODEC:QUALITY:LINES``, as ``h264:35:480``; InputError for anything else."""
    method, *numbers = text.split(":")
    if not 1 <= len(numbers) <= 2 or not all(number.isdecimal() for number in numbers):
        raise InputError(
            f"{text!r} is no setting: give CODEC:QUALITY or CODEC:QUALITY:LINES, as h264:35:480."
        )
    quality, lines = (*map(int, numbers), None)[:2]
    return Recording(method, quality, lines)


def _alone(recording: Recording) -> Recording:
    """The last step of a chain."""
    return replace(recording, before=None)


def _refuse_unsized(recording: Recording) -> None:
    if recording.face is not None:
        raise ValueError("a width of the face becomes lines for one clip first: Recording.sized")


def _transcode(source: Path, recording: Recording, target: Path) -> None:
    import av
    from av.error import FFmpegError

    av.logging.set_level(av.logging.ERROR)
    os.environ.setdefault("SVT_LOG", "1")  # the AV1 encoder speaks on stderr otherwise
    try:
        with (
            av.open(str(source)) as read,
            av.open(str(target), "w", format=_form(recording)) as file,
        ):
            stream = read.streams.best("video")
            if stream is None:
                raise InputError(f"{source.name} has no video.")
            stream.thread_type = "AUTO"
            out = None
            for frame in _scaled(read.decode(stream), stream, recording):
                if out is None:
                    out = _open(file, frame, stream, recording, source.name)
                frame.pict_type = 0
                for packet in out.encode(frame):
                    file.mux(packet)
            if out is None:
                raise InputError(f"No picture of {source.name} can be decoded.")
            for packet in out.encode():
                file.mux(packet)
    except FFmpegError as error:
        raise InputError(
            f"{source.name} cannot be stored as {recording.method}: {error}"
        ) from error


def _form(recording: Recording) -> str:
    return "mov" if recording.suffix == ".mov" else "mp4"


def _open(file, frame, stream, recording: Recording, name: str):
    """The encoder's stream for frames like ``frame``."""
    encoder = recording.encoder
    across, down = least_steps(recording.pixels)
    if frame.width % across or frame.height % down:
        raise InputError(
            f"{name} is {frame.width} x {frame.height} pixels, and {recording.method.upper()} in "
            f"{recording.pixels} holds even sizes only: choose a height to scale it to."
        )
    rate = stream.average_rate or stream.guessed_rate or 25
    out = file.add_stream(encoder.name, rate=rate / recording.every)
    out.width, out.height, out.pix_fmt = frame.width, frame.height, frame.format.name
    out.codec_context.time_base = frame.time_base
    out.time_base = frame.time_base
    options = {"threads": "1", **dict(encoder.options)}
    if recording.used_preset:
        options["preset"] = recording.used_preset
    if encoder.flag == "crf":
        options["crf"] = str(recording.quality)
    else:
        options["qmin"] = options["qmax"] = str(recording.quality)
    if recording.gop is not None:
        out.codec_context.gop_size = recording.gop
    out.options = options
    with usual_priority():
        out.codec_context.open()
    return out


def _scaled(frames, stream, recording: Recording) -> Iterator:
    """Upright frames, each n-th, at the height that is asked for, in the encoder's pixel format."""
    import av

    graph = shape = None
    for place, frame in enumerate(frames):
        if place % recording.every:
            continue
        if frame.pts is None:
            raise InputError(
                "The file gives its pictures no times, so they cannot be stored again."
            )
        now = (frame.width, frame.height, frame.format.name, frame.rotation)
        if now != shape:
            if shape is not None and now[:2] != shape[:2] and recording.lines is None:
                raise InputError("The picture's size changes: choose a height to scale it to.")
            graph, shape = _graph(av, frame, stream, recording), now
        graph.push(frame)
        pulled = graph.pull()
        pulled.pts, pulled.time_base = frame.pts, frame.time_base
        yield pulled


def _graph(av, frame, stream, recording: Recording):
    """Transpose, scale and pixel format, as ffmpeg chains them."""
    graph = av.filter.Graph()
    nodes = [
        graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base
        )
    ]
    nodes += [graph.add("transpose", turn) for turn in _TURNS.get(frame.rotation % 360, ())]
    if recording.lines is not None:
        nodes.append(graph.add("scale", f"w=-2:h={recording.lines}"))
    nodes.append(graph.add("format", f"pix_fmts={written_as(recording.method, recording.pixels)}"))
    nodes.append(graph.add("buffersink"))
    graph.link_nodes(*nodes).configure()
    return graph
