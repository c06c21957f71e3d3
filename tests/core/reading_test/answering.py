"""Classifiers whose threshold is known, and answers made by hand."""

import math

import numpy as np
from scipy.stats import norm

from core.reading_test.curve import CRITERION
from core.reading_test.trials import GUESS, Answer, Kind

BYTES = (20.0, 40.0, 80.0, 160.0, 320.0)


def answer(trial=0, *, right=True, level=0, kind=Kind.TEST, method="baseline", truth=3) -> Answer:
    cost = math.nan if kind is Kind.CATCH else BYTES[level]
    said = truth if right else (truth + 1) % 7
    return Answer(trial, kind, f"face-{trial}", method, level, cost, truth, said, 1.5)


def share_right(bytes, threshold: float, spread: float, lapse: float = 0.0) -> np.ndarray:
    """The psychometric function of a made-up classifier whose threshold (75 % of originals) is known."""
    inside = (CRITERION - GUESS) / (1 - GUESS)
    middle = math.log10(threshold) - spread * norm.ppf(inside)
    return GUESS + (1 - GUESS - lapse) * norm.cdf((np.log10(bytes) - middle) / spread)


def simulated(rng, threshold, spread=0.25, lapse=0.02, each=14, method="baseline") -> list[Answer]:
    """A made-up classifier's answers, ``each`` at every level."""
    right = rng.random((len(BYTES), each)) < share_right(
        np.array(BYTES), threshold, spread, lapse
    ).reshape(-1, 1)
    return [
        answer(level * each + i, right=bool(right[level, i]), level=level, method=method)
        for level in range(len(BYTES))
        for i in range(each)
    ]
