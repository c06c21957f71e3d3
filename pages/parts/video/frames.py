"""Single frames of a clip, fetched when somebody looks at them."""

import pandas as pd
import streamlit as st

from core.face.columns import BOX
from pages.parts.shared import keeping
from pages.parts.video import opened
from pages.parts.video.source import Clip


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
    return keeping.opened(opened.framed, _path, time, box)


@st.cache_data(scope="session", max_entries=256, show_spinner=False)
def _face(digest: str, time: float, box: tuple[float, ...], colour: str, _path) -> bytes:
    return keeping.opened(opened.face, _path, time, box, colour)
