"""What the loss weights do: the plane of (quality, gamma), the paper's triple, the loss's terms.

The paper weighs rate, distortion and cross-entropy by (alpha, beta, gamma).  Only ratios matter: with
alpha = 1, beta is lambda, which the quality index sets, and gamma belongs to the checkpoint.
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.codec.network import LAMBDA_RANGE
from core.codec.quality import LAST_QUALITY_INDEX
from core.errors import InputError
from core.evaluation.measuring.table import labelled_by
from core.evaluation.results.comparison import curves_of
from core.evaluation.results.curves import RESAMPLES, points
from core.methods import REGIMES

_LEAST_PROBABILITY = 5e-5  # half of the table's last digit


def plane(rows: pd.DataFrame, resamples: int = RESAMPLES, labels: str = "fer2013") -> pd.DataFrame:
    """Every learned operating point in ``rows`` (one labelled data set and split).

    Columns: ``method``, ``weight`` (gamma; 0 for baseline and control), ``quality_index``, ``bpp`` and
    ``bytes`` of the file, ``accuracy`` with ``low`` and ``high``, ``psnr`` (dB), and the means that
    the loss is made of: ``payload_bpp``, ``mse`` (255^2 scale), ``cross_entropy`` (nats, of the
    probability with test-time flip).  ``labels``: whose the accuracy counts; the loss is always that of
    FER2013's labels, which the training saw.  Of several seeds the first.  Sorted by method, weight,
    quality index.
    """
    parts = []
    for method in REGIMES:
        seen: set[float] = set()
        for key, part in sorted(curves_of(rows, method), key=lambda c: _number(c[0]["seed"])):
            weight = 0.0 if pd.isna(key["gamma"]) else float(key["gamma"])
            part = part[part["label"].notna()]
            if weight in seen or part.empty:
                continue
            seen.add(weight)
            judged = labelled_by(part, labels)
            curve = points(judged, "accuracy", resamples=resamples).set_index("quality_index")
            parts.append(_described(part, curve).assign(method=method, weight=weight))
    columns = [
        "method",
        "weight",
        "quality_index",
        "bpp",
        "bytes",
        "accuracy",
        "low",
        "high",
        "psnr",
    ]
    columns += ["payload_bpp", "mse", "cross_entropy"]
    if not parts:
        return pd.DataFrame(columns=columns)
    whole = pd.concat(parts, ignore_index=True)[columns]
    order = whole["method"].map(REGIMES.index)
    return (
        whole.assign(order=order)
        .sort_values(["order", "weight", "quality_index"])
        .drop(columns="order")
        .reset_index(drop=True)
    )


def of_regime(measured: pd.DataFrame, regime: str) -> pd.DataFrame:
    """The part of a plane that belongs to ``regime``, from weight 0 up.

    Without cross-entropy, *codec* is the baseline; *joint* is the control, whose classifier still
    learns on what the codec gives back (the baseline where no control was measured).
    """
    start = (
        "control" if regime == "joint" and (measured["method"] == "control").any() else "baseline"
    )
    return measured[measured["method"].isin([start, regime])].reset_index(drop=True)


def at(measured: pd.DataFrame, weight: float, quality_index: float) -> pd.Series | None:
    """The point of a regime's plane at that weight whose quality index is nearest; None without any."""
    part = measured[measured["weight"] == weight]
    if part.empty:
        return None
    return part.loc[(part["quality_index"] - quality_index).abs().idxmin()]


def lmbda(quality_index: float) -> float:
    """Weight of the distortion (MSE on the 255^2 scale) against bits per pixel at a quality index."""
    low, high = LAMBDA_RANGE
    return low * (high / low) ** (quality_index / LAST_QUALITY_INDEX)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a triple of the paper lies; ``exact_index`` may be outside 0..255, ``quality_index`` is not."""

    exact_index: float
    gamma: float

    @property
    def quality_index(self) -> int:
        """The nearest quality index."""
        return int(np.clip(round(self.exact_index), 0, LAST_QUALITY_INDEX))

    @property
    def inside(self) -> bool:
        """Whether some quality reaches that ratio of distortion to rate."""
        return -0.5 <= self.exact_index <= LAST_QUALITY_INDEX + 0.5


def place(alpha: float, beta: float, gamma: float) -> Place:
    """Quality index and gamma of ``alpha * rate + beta * 255^2 MSE + gamma * cross-entropy``.

    Raises InputError unless alpha and beta are positive and gamma is not negative.
    """
    problems = [
        f"{name} is {value:g}"
        for name, value in (("alpha", alpha), ("beta", beta))
        if not value > 0
    ]
    problems += [f"gamma is {gamma:g}"] if not gamma >= 0 else []
    if problems:
        raise InputError(
            f"{', '.join(problems)}: the weights of rate and distortion must be positive, that of "
            "recognition not negative."
        )
    low, high = LAMBDA_RANGE
    return Place(
        LAST_QUALITY_INDEX * math.log(beta / alpha / low) / math.log(high / low), gamma / alpha
    )


def nearest(measured: pd.DataFrame, where: Place) -> pd.Series:
    """The measured point of a regime's plane nearest to a place: first the weight, then the quality index.

    Weights are compared on a logarithmic scale; 0 is nearest to what is less than half of the
    smallest positive weight.
    """
    weights = np.unique(measured["weight"])
    positive = weights[weights > 0]
    weight = 0.0
    if len(positive) and (where.gamma >= positive[0] / 2 or 0 not in weights):
        weight = positive[np.abs(np.log(positive / max(where.gamma, 1e-12))).argmin()]
    return at(measured, float(weight), where.exact_index)


def terms(point: pd.Series) -> dict[str, float]:
    """The three terms of the loss at a point, as the training adds them up: alpha is 1."""
    return {
        "rate": float(point["payload_bpp"]),
        "distortion": lmbda(point["quality_index"]) * float(point["mse"]),
        "recognition": float(point["weight"] * point["cross_entropy"]),
    }


def front(measured: pd.DataFrame) -> np.ndarray:
    """Which points (n,) no other beats: none is as cheap, as accurate and as true to the pixels."""
    values = np.column_stack([-measured["bpp"], measured["accuracy"], measured["psnr"]]).astype(
        np.float64
    )
    as_good = (values[None] >= values[:, None]).all(axis=2)
    better = (values[None] > values[:, None]).any(axis=2)
    return ~(as_good & better).any(axis=1)


def _described(part: pd.DataFrame, curve: pd.DataFrame) -> pd.DataFrame:
    terms_of_loss = part.assign(
        mse=255**2 / 10 ** (part["psnr"].astype(float) / 10),
        cross_entropy=-np.log(part["p_true"].astype(float).clip(lower=_LEAST_PROBABILITY)),
        payload_bpp=8 * part["payload_bytes"] / (part["height"] * part["width"]),
    )
    means = terms_of_loss.groupby("quality_index")[
        ["psnr", "mse", "cross_entropy", "payload_bpp"]
    ].mean()
    curve = curve.rename(columns={"quality": "accuracy"})
    return curve[["bpp", "bytes", "accuracy", "low", "high"]].join(means).reset_index()


def _number(value: object) -> float:
    return -1.0 if pd.isna(value) else float(value)
