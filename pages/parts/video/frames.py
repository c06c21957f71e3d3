"""Single frames of a clip, fetched when somebody looks at them."""

import io
import threading

import numpy as np
import pandas as pd
import streamlit as st
from PIL import Image

from core.face.columns import BOX
from core.face.landmarks import Landmarker
from core.face.plots.overlay import draw_landmarks, face_in, portrait
from core.face.video import read_frame
from pages.parts.video.source import Clip

_WIDTH = 640  # pixels


def with_landmarks(clip: Clip, row: pd.Series) -> bytes:
    """The frame of a row of the table as JPEG, with its landmarks where a face was measured."""
    return _framed(clip.digest, float(row["time"]), _box(row), _path=clip.path)


def face_of(clip: Clip, row: pd.Series, colour: str) -> bytes:
    """The face of a measured row as a square JPEG, underlined in a colour (#rrggbb)."""
    return _face(clip.digest, float(row["time"]), _box(row), colour, _path=clip.path)


def _box(row: pd.Series) -> tuple[float, ...] | None:
    return tuple(float(row[side]) for side in BOX) if row["success"] else None


@st.cache_data(scope="session", max_entries=128, show_spinner=False)
def _framed(digest: str, time: float, box: tuple[float, ...] | None, _path) -> bytes:
    picture, landmarks = read_frame(_path, time), None
    if box is not None:
        landmarker, alone = _finder()
        with alone:
            landmarks = face_in(landmarker, picture, box).landmarks
    return _jpeg(draw_landmarks(picture, landmarks, _WIDTH))


@st.cache_data(scope="session", max_entries=256, show_spinner=False)
def _face(digest: str, time: float, box: tuple[float, ...], colour: str, _path) -> bytes:
    return _jpeg(portrait(read_frame(_path, time), box, colour=colour))


@st.cache_resource(max_entries=1, show_spinner="Loading the face finder …")
def _finder() -> tuple[Landmarker, threading.Lock]:
    """One face finder for everybody, which only one may use at a time."""
    return Landmarker(), threading.Lock()


def _jpeg(picture: np.ndarray) -> bytes:
    content = io.BytesIO()
    Image.fromarray(picture).save(content, "JPEG", quality=88)
    return content.getvalue()
