"""Cohorts made of arrays, for tests that know every value."""

import numpy as np
import pandas as pd
import pytest

from core.cohort.tables.schema import Cohort

UNITS = ("AU01", "AU06", "AU12", "AU45")


def _cohort(series, labels=None, rate=30.0, kind="intensity", times=None):
    """``series``: participant, or (participant, file), -> values (T, units); NaN = no face."""
    blocks = []
    for number, (key, values) in enumerate(series.items()):
        person, file = key if isinstance(key, tuple) else (key, f"{key}.csv")
        values = np.asarray(values, dtype=np.float32)
        time = np.arange(len(values)) / rate if times is None else times[number]
        block = {"participant": person, "file": file, "frame": np.arange(len(values)), "time": time}
        block |= {"success": np.isfinite(values).any(axis=1), "confidence": 0.9}
        block |= dict(zip(UNITS, values.T, strict=False))
        blocks.append(pd.DataFrame(block))
    frames = pd.concat(blocks, ignore_index=True)
    for column in ("participant", "file"):
        frames[column] = frames[column].astype("category")
    people = pd.Index(sorted(frames["participant"].unique()), name="participant", dtype=object)
    own = pd.Series(labels or {}, dtype=object).reindex(people)
    own = own.where(own.notna(), None)
    units = UNITS[: next(iter(series.values())).shape[1]]
    return Cohort(frames, units, kind, pd.DataFrame({"label": own, "score": np.nan}, index=people))


@pytest.fixture(scope="session")
def make_cohort():
    """See `_cohort`."""
    return _cohort


@pytest.fixture(scope="session")
def bursts():
    """``bursts(people, kind, seed, steps)``: slow noise, in every second person short ramps of AU06.

    Returns series and labels ("0", "1").  In group 0 the ramps rise slowly and fall at once, in group 1
    they rise at once and fall slowly: same values, another order.
    """

    def make(people=24, seed=0, steps=300, units=3):
        rng = np.random.default_rng(seed)
        series, labels = {}, {}
        ramp = np.linspace(0, 3, 20)
        for number in range(people):
            name, group = f"p{number:03d}", number % 2
            values = 1 + 0.3 * rng.normal(size=(steps, units))
            for start in range(rng.integers(10), steps - 25, 40):
                at = start + rng.integers(10)
                values[at : at + 20, 1] += ramp if group == 0 else ramp[::-1]
            series[name], labels[name] = np.clip(values, 0, 5), str(group)
        return series, labels

    return make
