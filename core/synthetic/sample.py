"""A sample clip: a rendered person who is at rest, cries, laughs; the action units are known."""

import os
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pandas as pd

from core.facs import UNITS
from core.files import whole_file
from core.synthetic.morphable import MorphableFace, Scene, make_person, perform_units, render, truth

RATE = 25
HEIGHT, WIDTH = 480, 640
_PERSON = 5
_BLINKS = (0.7, 3.1, 6.4)
_BLINK_SECONDS = 0.16

SCRIPT: tuple[tuple[float, dict[str, float]], ...] = (
    (0.0, {}),
    (1.0, {}),
    (2.2, {"AU01": 4, "AU04": 3.5, "AU15": 4.5, "AU17": 3, "AU07": 1.5}),
    (3.4, {"AU01": 4, "AU04": 4.5, "AU15": 4, "AU17": 3.5, "AU07": 2.5, "AU25": 0.8}),
    (4.6, {"AU06": 3.5, "AU12": 4, "AU25": 2}),
    (5.8, {"AU06": 4.5, "AU12": 4.8, "AU25": 3, "AU26": 1.8}),
    (6.8, {"AU12": 1.5}),
    (7.4, {}),
)
"""Times in seconds and the intensities reached then: rest, crying, laughing, rest."""

CRYING, LAUGHING = (2.2, 3.4), (4.6, 5.8)
"""Seconds between which the script cries and laughs."""


def acted(time: float) -> dict[str, float]:
    """Intensities (unit -> 0..5) of the script at a time in seconds, blinks included."""
    times = [at for at, _ in SCRIPT]
    units = {
        unit: float(np.interp(time, times, [shown.get(unit, 0.0) for _, shown in SCRIPT]))
        for unit in UNITS
    }
    for blink in _BLINKS:
        closed = 1 - abs(time - blink) / _BLINK_SECONDS
        units["AU45"] = max(units["AU45"], 5 * float(np.clip(2 * closed, 0, 1)))
    return units


def sample_frames(face: MorphableFace, seconds: float = SCRIPT[-1][0]):
    """The clip's pictures, uint8 (480, 640, 3), each with its known units (17,)."""
    person = make_person(face, _PERSON)
    for number in range(int(seconds * RATE)):
        time = number / RATE
        scene = Scene(
            yaw=0.12 * np.sin(0.9 * time),
            pitch=0.05 * np.sin(1.3 * time + 1),
            roll=0.04 * np.sin(0.7 * time),
            place=(0.5 + 0.01 * np.sin(time), 0.52),
            size=0.62,
            backdrop=21,
        )
        weights = perform_units(face, acted(time))
        yield (
            render(face, person, weights, scene, HEIGHT, WIDTH),
            truth(face, person.vertices, weights),
        )


def write_sample(face: MorphableFace, path: Path, seconds: float = SCRIPT[-1][0]) -> pd.DataFrame:
    """Write the clip (H.264) to ``path``; return its known units, one row a frame with ``time``.

    The file is whole or absent.  Raises InputError where it cannot be written.
    """
    rows = []
    with whole_file(Path(path)) as temporary, av.open(os.fspath(temporary), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(RATE))
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.options = {"crf": "20", "threads": "1"}
        for picture, units in sample_frames(face, seconds):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
            rows.append([len(rows) / RATE, *units])
        container.mux(stream.encode())
    return pd.DataFrame(rows, columns=["time", *UNITS])


def agreement(table: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """How well a measured table follows ``known`` units (with ``time``): one row a unit that moved.

    ``unit``; ``r``: Pearson's; ``error``: mean absolute difference; ``frames`` compared.  The known
    values are those nearest in time.  Units that are known to be still are left out.
    """
    truth = pd.merge_asof(
        table[["time"]].sort_values("time"),
        known.sort_values("time"),
        on="time",
        direction="nearest",
    )
    measured = table.sort_values("time").reset_index(drop=True)
    rows = []
    for unit in UNITS:
        both = pd.DataFrame({"measured": measured[unit], "true": truth[unit]}).dropna()
        if len(both) > 2 and both["true"].std() > 1e-6:
            r = (
                both["measured"].corr(both["true"])
                if both["measured"].std() > 1e-9
                else float("nan")
            )
            rows.append((unit, r, (both["measured"] - both["true"]).abs().mean(), len(both)))
    return pd.DataFrame(rows, columns=["unit", "r", "error", "frames"])
