"""How far a coded series is from the original: change, correlation and lost faces, by measure."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from core.bridge.methods import Method
from core.face.series import EMOTIONS
from core.facs import COMPOSITES, MAX_INTENSITY, UNITS

LEAST_SPREAD = 0.3
"""Standard deviation of a unit, in intensities, under which a correlation over time says nothing."""

COLUMNS = (
    "clip", "name", "method", "gamma", "seed", "setting", "frames", "faces", "lost", "bits_per_face",
    "bits_per_second", "payload_bits_per_face", "measure", "kind", "change", "shift", "r", "spread",
)  # fmt: skip
"""Columns of a table of drift, one row a clip, codec, setting and measure.

``name``: the codec; ``setting`` in its own unit.  ``frames``: looked at; ``faces``: those in which
the original shows a face; ``lost``: those of them in which the coded clip shows none.  Bits are those
of real files, over frames with a face; a second has as many as the clip has.  ``measure``: a unit, a
composite or an expression, which is also its ``kind`` (unit, composite, emotion).  ``change``: mean
absolute difference, ``shift``: mean difference (coded minus original), in the measure's own scale.
``r``: correlation over time, NaN where the original hardly moves (``spread``, its standard
deviation over all its faces, under :data:`LEAST_SPREAD`; for probabilities the same share of their
range) or where fewer than 3 faces are left, 0 where the coded series is constant.
"""


def measures(table: pd.DataFrame) -> pd.DataFrame:
    """Units, composites and emotions of a measured series, one column each; NaN without a face."""
    values = table[list(UNITS)].astype(np.float64)
    for name, units in COMPOSITES.items():
        values[name] = values[list(units)].sum(axis=1, skipna=False)
    present = [name for name in EMOTIONS if name in table]
    return pd.concat([values, table[present].astype(np.float64)], axis=1)


def kind_of(measure: str) -> str:
    """``unit``, ``composite`` or ``emotion``."""
    if measure in UNITS:
        return "unit"
    return "composite" if measure in COMPOSITES else "emotion"


def series_drift(reference: pd.DataFrame, coded: pd.DataFrame) -> pd.DataFrame:
    """Drift of every measure: ``measure, kind, change, shift, r, spread``.

    Both tables as :func:`measures` gives them, the same frames in the same order.  Frames without a
    face in either (NaN) are left out of all but ``spread``: which measures move is the original's
    affair, and no codec's.  NaN where no frame is left.
    """
    if len(reference) != len(coded):
        raise ValueError(f"{len(coded)} frames cannot be compared with {len(reference)}")
    rows = []
    for measure in reference:
        x, y = (table[measure].to_numpy(np.float64) for table in (reference, coded))
        there = np.isfinite(x)
        spread = float(x[there].std()) if there.any() else np.nan
        both = there & np.isfinite(y)
        x, y = x[both], y[both]
        kind = kind_of(measure)
        scale = 1 / MAX_INTENSITY if kind == "emotion" else 1.0
        r = np.nan
        if len(x) > 2 and spread >= LEAST_SPREAD * scale and np.ptp(x) > 0:
            r = float(np.corrcoef(x, y)[0, 1]) if np.ptp(y) > 0 else 0.0
        rows.append(
            {
                "measure": measure,
                "kind": kind,
                "change": float(np.abs(y - x).mean()) if len(x) else np.nan,
                "shift": float((y - x).mean()) if len(x) else np.nan,
                "r": r,
                "spread": spread,
            }
        )
    return pd.DataFrame(rows)


def clip_drift(
    clip: str, reference: pd.DataFrame, rate: float, method: Method, coded: pd.DataFrame
) -> pd.DataFrame:
    """The rows of :data:`COLUMNS` of one clip through one codec.

    ``reference`` and ``coded`` as :mod:`core.bridge.passes` makes them; ``rate``: frames a second.
    """
    original = measures(reference)
    there = reference["success"].to_numpy(bool)
    parts = []
    for setting, part in _by_setting(coded):
        drift = series_drift(original, measures(part))
        success = part["success"].to_numpy(bool)
        bits = 8 * part["file_bytes"].to_numpy()[there]
        seconds = rate * there.mean()
        payload = 8 * part["payload_bytes"].to_numpy()[there].mean()
        drift = drift.assign(
            clip=clip, name=method.name, method=method.method, seed=method.seed,
            gamma=np.nan if method.gamma is None else method.gamma, setting=setting,
            frames=len(part), faces=int(there.sum()), lost=int((there & ~success).sum()),
            bits_per_face=bits.mean(), bits_per_second=bits.mean() * seconds,
            payload_bits_per_face=payload,
        )  # fmt: skip
        parts.append(drift[list(COLUMNS)])
    return pd.concat(parts, ignore_index=True)


def _by_setting(coded: pd.DataFrame) -> Iterator[tuple[float, pd.DataFrame]]:
    for setting, part in coded.groupby("setting", sort=False):
        yield float(setting), part.reset_index(drop=True)
