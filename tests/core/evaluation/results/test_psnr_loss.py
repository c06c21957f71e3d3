"""PSNR at equal rate against the baseline: known by construction."""

import numpy as np
import pandas as pd
import pytest

from core.evaluation.results.psnr_loss import psnr_changes
from tests.core.evaluation.made_up import made_up_rows


def tuned(method: str = "joint", lost: float = 0.0, **made) -> pd.DataFrame:
    rows = made_up_rows(method, gamma=0.1, **made)
    return rows.assign(psnr=rows["psnr"] - lost)


def test_what_is_lost_at_equal_rate_is_told_at_every_quality():
    found = psnr_changes(pd.concat([made_up_rows(), tuned(lost=0.5)]), resamples=20)
    assert len(found) == 5 and not found["beyond"].any()
    assert found["change"].to_numpy() == pytest.approx(-0.5)
    assert (found["low"] <= found["change"] + 1e-9).all()
    assert found["images"].unique().tolist() == [60]


def test_between_and_beyond_the_baselines_points_its_curve_goes_on():
    """Bits double and PSNR rises by 3 dB from stop to stop: a straight line over the logarithm."""
    found = psnr_changes(pd.concat([made_up_rows(), tuned("codec", scale=2**0.5)]), resamples=20)
    assert found["change"].to_numpy() == pytest.approx(-1.5, abs=1e-6)
    assert found["beyond"].tolist() == [False] * 4 + [True]
    cheaper = psnr_changes(pd.concat([made_up_rows(), tuned(scale=0.5)]), resamples=20)
    assert cheaper["change"].to_numpy() == pytest.approx(3, abs=1e-6)
    assert cheaper["beyond"].tolist() == [True] + [False] * 4


def test_without_a_baseline_or_without_tuned_codecs_there_is_nothing_to_tell():
    assert psnr_changes(tuned()).empty
    assert psnr_changes(pd.concat([made_up_rows(), made_up_rows("control")])).empty
    both = pd.concat([made_up_rows(data="photographs"), tuned(data="photographs")])
    assert psnr_changes(both).empty
    assert np.isfinite(psnr_changes(both, "photographs", resamples=5)["change"]).all()
