"""How often the tests are wrong, and how often right: many synthetic cohorts, one comparison each.

With no effect, p-values over people must be uniform and few cohorts may show any corrected hit; the
same frames tested as if each were a person show what pseudo-replication claims.  With an effect, the
share of cohorts in which a unit is found is its power; D is then the population's (`synthesis`).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from core.cohort.statistics.frames import person_means
from core.cohort.statistics.group_tests import frame_p_values, primary_tests
from core.cohort.statistics.structure import cluster_people
from core.cohort.synthesis import AFFECTED, synthesize
from core.progress import Progress


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the tests did over many cohorts.

    ``p_values``, ``adjusted``, ``frame_p_values``: cohorts x units.  ``level`` of significance.
    """

    effect: float
    people: int
    level: float
    p_values: pd.DataFrame
    adjusted: pd.DataFrame
    frame_p_values: pd.DataFrame

    @property
    def any_hit(self) -> float:
        """Share of cohorts with a corrected hit in any unit."""
        return float((self.adjusted < self.level).any(axis=1).mean())

    @property
    def any_frame_hit(self) -> float:
        """The same for the frame-level test, uncorrected as it is commonly reported."""
        return float((self.frame_p_values < self.level).any(axis=1).mean())

    @property
    def frame_hits(self) -> float:
        """Share of all frame-level tests that claim a difference."""
        return float((self.frame_p_values < self.level).to_numpy().mean())

    def uniformity(self) -> pd.Series:
        """Kolmogorov-Smirnov p-value of each unit's p-values against the uniform distribution."""
        uniform_p = {unit: stats.kstest(p, "uniform").pvalue for unit, p in self.p_values.items()}
        return pd.Series(uniform_p, name="ks_p_value")

    def power(self) -> pd.DataFrame:
        """Index unit; ``raw`` and ``corrected``: share of cohorts with a hit; ``affected``."""
        return pd.DataFrame(
            {
                "raw": (self.p_values < self.level).mean(),
                "corrected": (self.adjusted < self.level).mean(),
                "affected": [unit in AFFECTED for unit in self.p_values],
            }
        )


def calibrate(
    cohorts: int,
    people: int,
    effect: float,
    seed: int = 0,
    seconds: float = 10.0,
    fps: float = 10.0,
    level: float = 0.05,
    progress: Progress | None = None,
) -> Calibration:
    """Synthesizes and compares ``cohorts`` cohorts with the seeds ``seed`` onwards.

    Recordings are short because a person's mean does not depend on their length here; longer ones
    make the frame-level test worse still.
    """
    rows = []
    for i in range(cohorts):
        if progress:
            progress(i, cohorts, f"cohort {i + 1} of {cohorts}")
        cohort = synthesize(people, effect, seed + i, seconds, fps, sampled=True)
        values = cohort.people[["label"]].join(person_means(cohort))
        over_people = primary_tests(values, cohort.measures, cohort.groups).set_index("unit")
        over_frames = frame_p_values(cohort, cohort.groups)["frame_p_value"]
        rows.append((over_people["p_value"], over_people["p_adjusted"], over_frames))
    tables = [
        pd.DataFrame(list(series)).reset_index(drop=True) for series in zip(*rows, strict=True)
    ]
    return Calibration(effect, people, level, *tables)


def expected_power(effect: float, people: int, level: float = 0.05) -> float:
    """Power of the two-sided t test with equal groups, from the noncentral t distribution."""
    df, shift = people - 2, effect * np.sqrt(people / 4)
    critical = stats.t.ppf(1 - level / 2, df)
    return float(stats.nct.sf(critical, df, shift) + stats.nct.cdf(-critical, df, shift))


UNCLUSTERED = ("log-normal", "floored", "independent", "normal")
"""People without clusters: skewed and correlated as action units are; many of them at a unit's floor;
skewed and uncorrelated; neither skewed nor floored."""


def without_clusters(kind: str, people: int, rng: np.random.Generator, features: int = 12):
    """Features (people, features) of people among whom there are no clusters; one of `UNCLUSTERED`."""
    own = rng.normal(size=(people, features))
    together = 0.6 * rng.normal(size=(people, 1)) + 0.8 * own
    if kind == "floored":
        return np.maximum(np.exp(together) - 0.7, 0)
    return {
        "log-normal": np.exp(0.8 * together),
        "independent": np.exp(0.8 * own),
        "normal": together,
    }[kind]


def called_clustered(
    method: str, kind: str, cohorts: int, people: int = 40, draws: int = 40, seed: int = 0
) -> int:
    """How many of ``cohorts`` without clusters a method calls clustered at 5 %, its number sought."""
    hits = 0
    for number in range(seed, seed + cohorts):
        table = pd.DataFrame(without_clusters(kind, people, np.random.default_rng(number)))
        hits += cluster_people(table, None, method, draws=draws, seed=number).p_value <= 0.05
    return hits
