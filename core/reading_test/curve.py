"""From answers to a curve: the psychometric function of one person, and a class's mean of persons.

Schutt, Harmeling, Macke and Wichmann, "Painfree and accurate Bayesian estimation of psychometric functions
for (potentially) overdispersed data", Vision Research 2016 (package ``psignifit``).
"""

import io
import math
import warnings
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.reading_test.trials import FEWEST, GUESS, Answer, Kind

CRITERION = 0.75
"""Share of what is read on originals that the threshold asks for."""

_INSIDE = (CRITERION - GUESS) / (1 - GUESS)
"""Where the sigmoid between guessing and lapsing stands at ``CRITERION`` of the originals' share."""


@dataclass(frozen=True, slots=True)
class Fit:
    """A person's psychometric function of the bytes of a face.

    ``threshold`` (bytes) is where three quarters of what is read on originals is read, with its
    credible interval ``low`` and ``high`` of 95 %; ``lapse``: share of answers that miss what is seen.
    """

    threshold: float
    low: float
    high: float
    lapse: float
    width: float  # in log10 bytes, from 5 to 95 % of the sigmoid
    answers: int

    def share(self, bytes: np.ndarray) -> np.ndarray:
        """Share of right answers at ``bytes`` a face."""
        from scipy.stats import norm

        spread = self.width / (norm.ppf(0.95) - norm.ppf(0.05))
        middle = math.log10(self.threshold) - spread * norm.ppf(_INSIDE)
        rising = norm.cdf((np.log10(bytes) - middle) / spread)
        return GUESS + (1 - GUESS - self.lapse) * rising


def levels(answers: Sequence[Answer], method: str | None = None) -> pd.DataFrame:
    """Test answers by level: ``method``, ``level``, ``bytes`` (mean), ``right``, ``count``, ``share``.

    ``method`` keeps one; training and originals are left out.
    """
    rows = [
        (a.method, a.level, a.bytes, a.right)
        for a in answers
        if a.kind is Kind.TEST and method in (None, a.method)
    ]
    table = pd.DataFrame(rows, columns=["method", "level", "bytes", "right"])
    counted = table.groupby(["method", "level"], sort=True).agg(
        bytes=("bytes", "mean"), right=("right", "sum"), count=("right", "size")
    )
    counted["share"] = counted["right"] / counted["count"].clip(lower=1)
    return counted.reset_index()


def originals(answers: Sequence[Answer]) -> float:
    """Share of originals that were read; NaN without catch trials."""
    caught = [answer.right for answer in answers if answer.kind is Kind.CATCH]
    return float(np.mean(caught)) if caught else math.nan


def fit(answers: Sequence[Answer], method: str | None = None) -> Fit | None:
    """The psychometric function through the test answers; None below ``FEWEST`` or on one level."""
    table = levels(answers, method)
    if table["count"].sum() < FEWEST or len(table) < 2:
        return None
    return fit_counts(table["bytes"], table["right"], table["count"])


def fit_counts(bytes: Sequence[float], right: Sequence[int], count: Sequence[int]) -> Fit:
    """The fit of right answers among all at each number of bytes; guess rate 1/7, lapse rate free."""
    from psignifit import psignifit

    data = np.stack([np.log10(np.asarray(bytes, float)), right, count], axis=1)
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")  # the levels of a test do cover the threshold
        fitted = psignifit(
            data,
            experiment_type="nAFC",
            experiment_choices=round(1 / GUESS),
            sigmoid="norm",
            thresh_PC=_INSIDE,
            estimate_type="mean",
            verbose=False,
        )
    estimate = fitted.parameter_estimate
    low, high = fitted.confidence_intervals["threshold"]["0.95"]
    return Fit(
        threshold=float(10 ** estimate["threshold"]),
        low=float(10**low),
        high=float(10**high),
        lapse=float(estimate["lambda"]),
        width=float(estimate["width"]),
        answers=int(np.sum(count)),
    )


def pooled(sessions: Sequence[Sequence[Answer]], resamples: int = 2000) -> pd.DataFrame:
    """A class's curve, the person as the unit: the mean over persons of each person's share.

    Columns ``method``, ``level``, ``bytes``, ``share``, its bootstrap interval ``low`` and ``high``
    (persons drawn; NaN for fewer than two) and ``persons``.  A person's answers are never counted as
    if they were as many people's.
    """
    tables = [
        levels(answers).assign(person=number) for number, answers in enumerate(sessions) if answers
    ]
    columns = ["method", "level", "bytes", "share", "low", "high", "persons"]
    if not tables:
        return pd.DataFrame(columns=columns)
    rng = np.random.default_rng(0)
    rows = []
    for (method, level), part in pd.concat(tables).groupby(["method", "level"], sort=True):
        proportions = part["share"].to_numpy(float)
        low = high = math.nan
        if len(proportions) > 1:
            drawn = proportions[
                rng.integers(0, len(proportions), (resamples, len(proportions)))
            ].mean(axis=1)
            low, high = np.percentile(drawn, (2.5, 97.5))
        mean_bytes = float(np.average(part["bytes"], weights=part["count"]))
        rows.append(
            (method, level, mean_bytes, float(proportions.mean()), low, high, len(proportions))
        )
    return pd.DataFrame(rows, columns=columns)
