"""What is done with a clip in a process of its own: a stranger's file may make a decoder crash.

Nothing here knows of Streamlit, so that such a process begins quickly.
"""

import io
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from core.face.video import Frame, VideoFacts, open_video, read_frame
from core.formatting import percent
from core.progress import Progress

_WIDTH, _PREVIEW = 640, 480  # pixels
_PREVIEW_EVERY = 1.0  # seconds


def facts_of(path: Path) -> VideoFacts:
    """What the container says; InputError if it is no video."""
    with open_video(path) as video:
        return video.facts


def framed(path: Path, seconds: float, box: tuple[float, ...] | None) -> bytes:
    """The frame at a time as JPEG, with the landmarks of the face in ``box``, if any."""
    from core.face.plots.overlay import draw_landmarks, face_in

    picture = read_frame(path, seconds)
    landmarks = None if box is None else face_in(_finder(), picture, box).landmarks
    return _jpeg(draw_landmarks(picture, landmarks, _WIDTH))


def face(path: Path, seconds: float, box: tuple[float, ...], colour: str) -> bytes:
    """The face in a frame as a square JPEG, underlined in a colour (#rrggbb)."""
    from core.face.plots.overlay import portrait

    return _jpeg(portrait(read_frame(path, seconds), box, colour=colour))


def measured(
    path: Path, *, progress: Progress, show: Callable[[tuple[bytes, str]], None], **settings: Any
):
    """The clip's series; ``show`` gets the frame that is looked at, as JPEG, and words on it."""
    from core.face.plots.overlay import draw_landmarks
    from core.face.series import measure_video
    from core.face.tracking import Sighting

    last = time.monotonic()

    def watch(frame: Frame, sighting: Sighting) -> None:
        nonlocal last
        if time.monotonic() - last < _PREVIEW_EVERY:
            return
        last, found = time.monotonic(), sighting.face
        picture = draw_landmarks(
            frame.picture, None if found is None else found.landmarks, _PREVIEW
        )
        seen = "no face" if found is None else f"face found ({percent(sighting.presence, 0)} sure)"
        show((_jpeg(np.ascontiguousarray(picture)), f"{frame.time:.2f} s: {seen}"))

    def report(done: float, expected: float, text: str) -> None:
        if expected:
            progress(done, expected, text)
        else:
            progress(0, 1, f"{text}; the file does not say of how many")

    return measure_video(path, progress=report, watch=watch, **settings)


@lru_cache(1)
def _finder():
    from core.face.landmarks import Landmarker

    return Landmarker()


def _jpeg(picture: np.ndarray) -> bytes:
    content = io.BytesIO()
    Image.fromarray(picture).save(content, "JPEG", quality=88)
    return content.getvalue()
