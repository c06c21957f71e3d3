"""H.264, HEVC and AV1: squares as a film of their own, and back; the bytes are those of a file."""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction

import numpy as np

_ENCODERS: dict[str, tuple[str, str, dict[str, str]]] = {
    "h264": ("libx264", "h264", {"preset": "medium", "threads": "1"}),
    "hevc": (
        "libx265",
        "hevc",
        {"preset": "medium", "x265-params": "log-level=none:info=0:pools=none:frame-threads=1"},
    ),
    "av1": ("libsvtav1", "obu", {"preset": "8", "svtav1-params": "lp=1"}),
}
"""Method -> encoder, container and options.  The containers are the barest that can be read back:
elementary streams, so that no index is counted as picture.  With a thread pool, even of one, x265
crashes the process sooner or later on many short films of small pictures."""

_MOST_RATE = 240


class Film:
    """An encoder at one constant rate factor, fed frame by frame; ``close`` gives the file.

    ``side``: pixels a side of every frame, even.  ``rate``: frames a second.
    """

    def __init__(self, method: str, crf: float, side: int, rate: float) -> None:
        import av

        av.logging.set_level(av.logging.ERROR)
        os.environ.setdefault("SVT_LOG", "1")  # the AV1 encoder speaks on stderr otherwise
        encoder, form, options = _ENCODERS[method]
        self._file = io.BytesIO()
        self._container = av.open(self._file, "w", format=form)
        speed = Fraction(float(np.clip(rate, 1, _MOST_RATE))).limit_denominator(1000)
        self._stream = self._container.add_stream(encoder, rate=speed)
        self._stream.width = self._stream.height = side
        self._stream.pix_fmt = "yuv420p"
        self._stream.options = {**options, "crf": str(round(crf))}
        with usual_priority():
            self._stream.codec_context.open()
        self._strip = None
        if method == "h264":  # x264 writes its whole command line into the first frame
            self._strip = av.BitStreamFilterContext("filter_units=remove_types=6", self._stream)

    def add(self, picture: np.ndarray) -> None:
        """The next frame, uint8 (side, side, 3)."""
        import av

        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), "rgb24")
        self._write(self._stream.encode(frame))

    def close(self) -> bytes:
        """The whole file."""
        self._write(self._stream.encode())
        self._container.close()
        return self._file.getvalue()

    def _write(self, packets) -> None:
        for packet in packets:
            self._container.mux(packet if self._strip is None else self._strip.filter(packet))


@contextmanager
def usual_priority() -> Iterator[None]:
    """Schedule this thread afterwards as before: run by root, SVT-AV1 makes it real-time.

    A real-time thread that waits in a loop, as those of a parallel sum do, lets nobody else run.
    """
    if not hasattr(os, "sched_getscheduler"):
        yield
        return
    before = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        os.sched_setscheduler(0, *before)


def play(file: bytes, method: str) -> Iterator[np.ndarray]:
    """The decoded frames of a film, uint8 (side, side, 3), in order."""
    import av

    with av.open(io.BytesIO(file), format=_ENCODERS[method][1]) as container:
        for frame in container.decode(video=0):
            yield frame.to_ndarray(format="rgb24")
