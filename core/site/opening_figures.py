"""The estimates that ship with the tables, so that no page waits for its first figures."""

from pathlib import Path

from core.errors import InputError
from core.evaluation.choices import DATA, FACES, LABELS
from core.evaluation.claims.claim_list import findings
from core.evaluation.results.estimates import Estimates
from core.evaluation.results.survival import strangers_survivals, survivals
from core.methods import METHODS


def ship(estimates: Estimates) -> Path:
    """Compute what pages open with, and write it and all else that was asked for; return the path."""
    present = set(estimates.rows["data"].astype(str))
    for data in [name for name in DATA if name in present]:
        _curves_page(estimates, data)
    for labels in LABELS:
        try:
            _labelled_pages(estimates.labelled(labels))
        except InputError:  # no labels of that kind, or a training is missing
            continue
    survivals(estimates, None)
    strangers_survivals(estimates)
    return estimates.cache.ship()


def _curves_page(estimates: Estimates, data: str) -> None:
    measured = set(estimates.shown(data)["method"].astype(str))
    reference = next(name for name in METHODS if name in measured - {"original"})
    for quality in ("accuracy", "psnr", "ssim"):
        estimates.points(data, quality)
    estimates.deltas(data, reference, "accuracy" if data == FACES else "psnr")


def _labelled_pages(estimates: Estimates) -> None:
    """Home, Curves, Loss weights and Verify, by one kind of labels."""
    estimates.points(FACES)
    estimates.fewest_bytes()
    estimates.fewest_bytes("shared")
    findings(estimates)
    estimates.regime_deltas()
    estimates.repeat_deltas()
    estimates.plane()
    estimates.split()
