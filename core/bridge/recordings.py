"""Whole recordings stored again as ffmpeg would: codec, constant rate factor, height, frame rate.

::

    source -> decode -> upright -> each n-th frame -> scale -> 4:2:0 -> encoder -> MP4 file

Pictures never leave the decoder's own colour planes, as in ffmpeg; :func:`ffmpeg_command` is the
command that does the same.
"""

import os
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.bridge.films import usual_priority
from core.errors import InputError
from core.files import whole_file


@dataclass(frozen=True, slots=True)
class Encoder:
    """A video encoder: ffmpeg's name, its preset, options, and the range of its quality setting.

    ``coarse`` and ``fine`` are the constant rate factors with the fewest and the most bits (for
    MJPEG its quantiser); ``flag`` is ffmpeg's option for it.
    """

    name: str
    coarse: int
    fine: int
    preset: str = ""
    options: tuple[tuple[str, str], ...] = ()
    flag: str = "crf"
    pixels: str = "yuv420p"


ENCODERS: dict[str, Encoder] = {
    "h264": Encoder("libx264", 51, 16, "medium"),
    "hevc": Encoder(
        "libx265", 51, 16, "medium", (("x265-params", "log-level=none:info=0:pools=none"),)
    ),
    "av1": Encoder("libsvtav1", 63, 20, "8"),
    "mjpeg": Encoder("mjpeg", 31, 2, flag="q:v", pixels="yuvj420p"),
}
"""Method -> encoder.  With a thread pool x265 crashes the process sooner or later on short films."""

FILM_METHODS = ("h264", "hevc", "av1")
"""Those that are tried unless told otherwise."""

_SUFFIX = {"mjpeg": ".mov"}
_TURNS = {0: (), 90: ("cclock",), 180: ("clock", "clock"), 270: ("clock",)}
"""Degrees that a picture is to be turned against the clock -> directions of the transpose filter."""


@dataclass(frozen=True, slots=True)
class Recording:
    """How a recording is stored.

    ``method``: key of :data:`ENCODERS`; ``quality``: constant rate factor, of MJPEG the quantiser;
    less is better.  ``lines``: height in pixels that the picture is scaled to, None: its own.
    ``every``: each n-th frame is kept.  ``before``: stored like that first, and this is stored from
    it (a phone's H.264 stored again).
    """

    method: str
    quality: int
    lines: int | None = None
    every: int = 1
    before: "Recording | None" = None

    def __post_init__(self) -> None:
        wrong = []
        if self.method not in ENCODERS:
            wrong.append(f"the codec is {self.method!r}, not one of {', '.join(ENCODERS)}")
        elif not self.encoder.fine <= self.quality <= self.encoder.coarse:
            encoder = self.encoder
            wrong.append(
                f"{encoder.flag} is {self.quality}, not within {encoder.fine} to {encoder.coarse}"
            )
        if self.lines is not None and not (32 <= self.lines <= 4320 and self.lines % 2 == 0):
            wrong.append(f"the height is {self.lines}, not an even number from 32 to 4320")
        if not 1 <= self.every <= 60:
            wrong.append(f"every {self.every}th frame is not one of 1 to 60")
        if wrong:
            raise InputError(f"A recording cannot be stored like that: {'; '.join(wrong)}.")

    @property
    def encoder(self) -> Encoder:
        """The encoder of its method."""
        return ENCODERS[self.method]

    @property
    def suffix(self) -> str:
        """Of its file."""
        return _SUFFIX.get(self.method, ".mp4")


def store_recording(source: Path, recording: Recording, target: Path) -> None:
    """Write ``source`` without sound to ``target`` as ``recording`` says; whole or not at all.

    Times are those of the source.  Raises InputError for a file that is no video and for a size that
    the codec cannot hold.
    """
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
    """The ffmpeg command line that stores ``source`` like that; two of them for a chain."""
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
    words += ["-preset", encoder.preset] if encoder.preset else []
    words += [f"-{encoder.flag}", str(recording.quality), "-pix_fmt", encoder.pixels]
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
    return Recording(recording.method, recording.quality, recording.lines, recording.every)


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
    if frame.width % 2 or frame.height % 2:
        raise InputError(
            f"{name} is {frame.width} x {frame.height} pixels, and {recording.method.upper()} in 4:2:0 "
            "holds even sizes only: choose a height to scale it to."
        )
    rate = stream.average_rate or stream.guessed_rate or 25
    out = file.add_stream(encoder.name, rate=rate / recording.every)
    out.width, out.height, out.pix_fmt = frame.width, frame.height, encoder.pixels
    out.codec_context.time_base = frame.time_base
    out.time_base = frame.time_base
    options = {"threads": "1", **dict(encoder.options)}
    if encoder.preset:
        options["preset"] = encoder.preset
    if encoder.flag == "crf":
        options["crf"] = str(recording.quality)
    else:
        options["qmin"] = options["qmax"] = str(recording.quality)
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
    nodes.append(graph.add("format", f"pix_fmts={recording.encoder.pixels}"))
    nodes.append(graph.add("buffersink"))
    graph.link_nodes(*nodes).configure()
    return graph
