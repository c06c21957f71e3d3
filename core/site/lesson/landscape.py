"""The loss as a landscape over the measured operating points: which has least of it at given weights."""

import numpy as np
import pandas as pd

from core.codec.network import LAMBDA_RANGE
from core.errors import InputError
from core.evaluation.plots.curve_plots import curve_name
from core.evaluation.results import weights
from core.methods import TUNED, colour_of
from core.site.viewer.buffer import joined

GAMMAS = (0.02, 60.0)
ALPHAS = (0.1, 10.0)
"""Ends of the sliders; gamma may be 0 as well."""

_TRIED = 24


def landscape(plane: pd.DataFrame) -> dict:
    """The explorable's head: the points of joint training and its start, ranges, and what is wanted.

    ``plane`` as :func:`core.evaluation.results.weights.plane`.  Raises InputError where it is empty.
    """
    regime = "joint" if (plane["method"] == "joint").any() else "codec"
    points = weights.of_regime(plane, regime)
    if points.empty:
        raise InputError(
            "The table holds no learned codec: measure one with python -m core.evaluation run"
        )
    start = {"beta": weights.lmbda(48), "gamma": 0.0}
    wanted = points.loc[_goal(points)]
    return {
        "points": [
            {
                "name": curve_name(row["method"], row["weight"] if row["method"] in TUNED else np.nan),
                "colour": colour_of(row["method"]), "quality": float(row["quality_index"]),
                "bytes": round(float(row["bytes"]), 2), "accuracy": round(float(row["accuracy"]), 4),
                "psnr": round(float(row["psnr"]), 2), "rate": float(row["payload_bpp"]),
                "mse": float(row["mse"]), "cross_entropy": float(row["cross_entropy"]), "front": bool(best),
            }
            for row, best in zip(points.to_dict("records"), weights.front(points), strict=True)
        ],
        "range": {"alpha": ALPHAS, "beta": LAMBDA_RANGE, "gamma": GAMMAS},
        "start": start,
        "wanted": {
            "bytes": float(np.ceil(wanted["bytes"])),
            "accuracy": float(np.floor(1000 * wanted["accuracy"]) / 1000),
        },
    }  # fmt: skip


def pack_landscape(head: dict) -> bytes:
    """The buffer of the explorable."""
    return joined(head, [])


def least(points: pd.DataFrame, alpha: float, beta: float, gamma: float) -> int:
    """The label of the point of least loss."""
    loss = alpha * points["payload_bpp"] + beta * points["mse"] + gamma * points["cross_entropy"]
    return int(loss.idxmin())


def _goal(points: pd.DataFrame) -> int:
    """A point that some weights choose and that no choice without cross-entropy reaches.

    Where there is none, the best that is chosen without it.
    """
    betas = np.geomspace(*LAMBDA_RANGE, _TRIED)
    plain = {least(points, 1.0, beta, 0.0) for beta in betas}
    tuned = {
        least(points, 1.0, beta, gamma) for beta in betas for gamma in np.geomspace(*GAMMAS, _TRIED)
    }

    def beyond(label: int) -> bool:
        row = points.loc[label]
        return not any(
            points.loc[other, "bytes"] <= row["bytes"]
            and points.loc[other, "accuracy"] >= row["accuracy"]
            for other in plain
        )

    reached = sorted(filter(beyond, tuned), key=lambda label: points.loc[label, "bytes"])
    if reached:
        return reached[len(reached) // 2]
    return max(plain, key=lambda label: points.loc[label, "accuracy"])
