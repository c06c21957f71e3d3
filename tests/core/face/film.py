"""Pictures encoded as a video."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np


def film(path: Path, pictures, *, codec="libx264", rate=25, times=None, turn=None) -> Path:
    """Encode pictures, uint8 (H, W, 3), as a video; ``times`` in milliseconds, ``turn`` in degrees."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate)
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = {"gif": "rgb8", "png": "rgb24", "mjpeg": "yuvj420p"}.get(codec, "yuv420p")
        if codec == "libx264":
            stream.options = {"preset": "ultrafast", "crf": "18"}
        if times is not None:
            stream.codec_context.time_base = Fraction(1, 1000)
        if turn is not None:
            stream.set_display_rotation(turn)
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            if times is not None:
                frame.pts, frame.time_base = times[number], Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path
