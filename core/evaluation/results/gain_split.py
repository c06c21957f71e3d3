"""Whose gain is it, the codec's or the classifier's, and what a saving means in bytes."""

import math
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from core.errors import InputError
from core.evaluation.results import monotone
from core.evaluation.results.comparison import compare, only_curve
from core.evaluation.results.curves import (
    RESAMPLES,
    SEED,
    paired_curves,
    resampling_weights,
    shared_pictures,
)
from core.evaluation.results.equal_accuracy import crossing
from core.evaluation.results.resampled import LEAST_SPAN, integral
from core.intervals import Interval
from core.methods import TUNED

_TRAINED = (*TUNED, "control")


CHAIN = ("generic", "baseline", "control", "joint")
"""From a codec that never saw a face to everything trained together; each step changes one thing."""

STEPS = {
    "baseline": "the codec met faces",
    "control": "the classifier met coded faces",
    "joint": "both learned together",
}
"""What the step that ends at a method of the chain changed."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the chain, from ``start`` to ``end``, at equal accuracy and at equal bytes.

    ``rate``: change of the file rate in percent; ``share``: its part of the whole way on the scale of
    log rates, in percent, so that shares sum to 100; ``points``: change of the accuracy in points.
    """

    start: str
    end: str
    rate: Interval
    share: Interval
    points: Interval

    @property
    def what(self) -> str:
        """What changed, in words."""
        return STEPS[self.end]


@dataclass(frozen=True, slots=True)
class Split:
    """The whole way from the first method of the chain to joint training, and its steps.

    All over one range of accuracies and one of rates, those that every curve reaches, on the faces
    that all share: so the steps add up.
    """

    steps: tuple[Step, ...]
    rate: Interval  # percent
    points: Interval
    accuracies: tuple[float, float]
    images: int

    @property
    def codec(self) -> Step:
        """The last step: what is left for the codec when the classifier's part is taken off."""
        return self.steps[-1]


def split_gain(
    rows: pd.DataFrame, *, data: str = "fer2013", resamples: int = RESAMPLES, seed: int = SEED
) -> Split:
    """The whole distance from ``generic`` (where it was measured; else the baseline) to ``joint``.

    Intervals are of a bootstrap that draws the faces of all curves together.  Raises InputError where
    a curve is missing, or where the curves share no accuracy.
    """
    test = rows[(rows["data"] == data) & (rows["split"] == "test")]
    present = set(test["method"].astype(str))
    chain = [name for name in CHAIN if name in present or name != "generic"]
    parts = [only_curve(test, name)[1] for name in chain]
    curves = paired_curves(*parts)
    means = [curve.means() for curve in curves]
    levels = _levels(means)
    if levels is None:
        raise InputError(
            f"The curves of {', '.join(chain)} share no accuracy: nothing can be split."
        )
    weights = resampling_weights(len(curves[0].counts), resamples, seed)
    drawn = [curve.means(weights) for curve in curves]
    draws = [_levels([(rate[i], hit[i]) for rate, hit in drawn]) for i in range(resamples)]
    draws = np.array([each for each in draws if each is not None]).reshape(-1, 2, len(chain))
    images = int(curves[0].counts.sum())

    def interval(figure) -> Interval:
        limits = np.percentile([figure(each) for each in draws], (2.5, 97.5)) if len(draws) else ()
        return Interval(float(figure(levels)), *map(float, limits), n=images)

    steps = tuple(
        Step(
            chain[k], chain[k + 1],
            interval(lambda v, k=k: _percent(v[0][k + 1] - v[0][k])),
            interval(lambda v, k=k: 100 * (v[0][k + 1] - v[0][k]) / (v[0][-1] - v[0][0])),
            interval(lambda v, k=k: 100 * (v[1][k + 1] - v[1][k])),
        )
        for k in range(len(chain) - 1)
    )  # fmt: skip
    whole = interval(lambda v: _percent(v[0][-1] - v[0][0]))
    points = interval(lambda v: 100 * (v[1][-1] - v[1][0]))
    return Split(steps, whole, points, _shared_accuracies(means), images)


def split_from(plain: dict) -> Split:
    """A :class:`Split` from its plain form (``dataclasses.asdict``)."""
    steps = [
        Step(
            step["start"], step["end"],
            *(Interval(**step[name]) for name in ("rate", "share", "points")),
        )
        for step in plain["steps"]
    ]  # fmt: skip
    whole = (Interval(**plain[name]) for name in ("rate", "points"))
    return Split(tuple(steps), *whole, tuple(plain["accuracies"]), plain["images"])


def _levels(means: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray | None:
    """Mean log10 rate over the shared accuracies, and mean accuracy over the shared rates (2, C).

    None where no accuracy is shared; NaN accuracies where no rate is.
    """
    raised = [monotone.raised(*each) for each in means]
    raised = [(np.log10(rate), quality) for rate, quality in raised]
    rising = [monotone.without_ties(*each) for each in raised]
    bottom, top = max(y[0] for _, y in rising), min(y[-1] for _, y in rising)
    left, right = max(x[0] for x, _ in raised), min(x[-1] for x, _ in raised)
    if top - bottom <= LEAST_SPAN:
        return None
    rates = [integral(y, x, bottom, top) / (top - bottom) for x, y in rising]
    qualities = [math.nan] * len(means)
    if right - left > LEAST_SPAN:
        qualities = [integral(x, y, left, right) / (right - left) for x, y in raised]
    return np.array([rates, qualities])


def _shared_accuracies(means: list[tuple[np.ndarray, np.ndarray]]) -> tuple[float, float]:
    qualities = [monotone.raised(*each)[1] for each in means]
    return float(max(q[0] for q in qualities)), float(min(q[-1] for q in qualities))


def _percent(log_change: float) -> float:
    return 100 * (10**log_change - 1)


def regime_deltas(
    rows: pd.DataFrame,
    reference: str = "baseline",
    *,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> pd.DataFrame:
    """Deltas of accuracy of every training against ``reference``, as Curves shows them.

    One row a training, as :func:`core.evaluation.results.comparison.compare` gives it, on the faces
    that it shares with the reference.  Empty without the reference or a regime.
    """
    part = rows[(rows["data"] == "fer2013") & rows["method"].isin([reference, *_TRAINED])]
    present = set(part.loc[part["split"] == "test", "method"].astype(str))
    deltas = []
    if reference in present:
        for method in _TRAINED:
            if method in present:
                deltas += compare(part, reference, method, resamples=resamples, seed=seed)
    return pd.DataFrame([asdict(each) for each in deltas])


def repeat_deltas(rows: pd.DataFrame, reference: str = "baseline") -> pd.DataFrame:
    """The same on the faces that all trainings share, without intervals: how much trainings differ.

    Trainings that are told apart by their seed alone must not differ in their faces.
    """
    part = rows[(rows["data"] == "fer2013") & rows["method"].isin([reference, *_TRAINED])]
    return regime_deltas(shared_pictures(part), reference, resamples=1)


def regimes(deltas: pd.DataFrame, repeats: pd.DataFrame) -> pd.DataFrame:
    """One row a regime and gamma: its first training's figures, and the spread over its trainings.

    From :func:`regime_deltas` and :func:`repeat_deltas`, which must not be empty.  Columns:
    ``method``, ``gamma`` (NaN for the control), ``chosen``, ``points`` and ``rate`` with ``_low`` and
    ``_high``, ``images``; ``seeds`` (trainings), ``points_sd`` and ``rate_sd`` over them (NaN for one),
    ``shared_images``: the faces of the spread.
    """
    keys = ["method", "gamma"]
    figures = ["bd_quality", "quality_low", "quality_high", "bd_rate", "low", "high"]
    first = deltas.astype(dict.fromkeys(["gamma", *figures], float))
    first = first.assign(order=pd.to_numeric(first["seed"]).fillna(0)).sort_values("order")
    first = first.drop_duplicates(keys)[[*keys, "chosen", *figures, "images"]]
    names = ["points", "points_low", "points_high", "rate", "rate_low", "rate_high"]
    first = first.rename(columns=dict(zip(figures, names, strict=True)))
    spread = (
        repeats.astype({"gamma": float, "bd_quality": float, "bd_rate": float})
        .groupby(keys, dropna=False)
        .agg(
            seeds=("seed", "size"), points_sd=("bd_quality", "std"), rate_sd=("bd_rate", "std"),
            shared_images=("images", "max"),
        )
        .reset_index()
    )  # fmt: skip
    return first.merge(spread, on=keys, how="left").sort_values(keys, ignore_index=True)


@dataclass(frozen=True, slots=True)
class Saving:
    """What a saving in rate would mean in file bytes a face.

    ``before``: what the reference takes for the accuracy in question; ``after``: what the saving
    would leave of it; ``accuracy``: what the other curve reads at ``after`` bytes, NaN where it has
    no files of that size; ``least``: the mean of its smallest files.
    """

    before: float
    after: float
    accuracy: float
    least: float


def saving(
    reference: pd.DataFrame, other: pd.DataFrame, percent: float, accuracy: float
) -> Saving | None:
    """A BD-rate of ``percent`` (negative: fewer bytes), told at one ``accuracy`` of the reference.

    The curves have columns ``bytes`` (ascending) and ``quality``, as
    :func:`core.evaluation.results.curves.points` gives them for accuracy; both are read between their
    points against the logarithm of the bytes.  None where the reference never gets there.
    """
    before = crossing(reference["bytes"], reference["quality"], accuracy)
    if before is None or other.empty:
        return None
    after = before * (1 + percent / 100)
    sizes = np.log(other["bytes"].to_numpy(dtype=np.float64))
    reads = np.interp(np.log(after), sizes, other["quality"], left=np.nan, right=np.nan)
    return Saving(before, after, float(reads), float(np.exp(sizes[0])))
