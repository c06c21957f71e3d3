"""States that a face returns to, found by clustering the frames of one video.

Frames of one video are no independent observations: states describe this video and prove nothing
about people.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from core.errors import InputError

Method = Literal["kmeans", "mixture", "agglomerative"]
STATE_FINDERS: dict[Method, str] = {
    "kmeans": "K-means",
    "mixture": "Gaussian mixture",
    "agglomerative": "Agglomerative (Ward)",
}
MOST_STATES = 8
_FITTED = 2000  # frames, evenly spaced, that are clustered; the rest follow their nearest one
_JUDGED = 1000  # frames whose silhouette is taken
_FEWEST = 6


@dataclass(frozen=True, slots=True)
class States:
    """Frames in states, numbered from 0 in the order in which they are first seen.

    ``assignment``: row of the table -> state, -1 where something was not measured.  ``means``: state
    x column.  ``typical``: state -> the row nearest to its mean.  ``silhouettes``: number of states ->
    mean silhouette (-1..1) of that many.
    """

    assignment: pd.Series
    means: pd.DataFrame
    typical: pd.Series
    silhouettes: pd.Series

    @property
    def count(self) -> int:
        """How many states there are."""
        return len(self.means)


def find_states(
    table: pd.DataFrame,
    columns: Sequence[str],
    method: Method = "kmeans",
    count: int | None = None,
    seed: int = 0,
) -> States:
    """Cluster the rows of ``table`` by ``columns``, in their own units, not standardised.

    Columns share a scale, so one that hardly moves must not count like one that does.  ``count``:
    number of states, None for the one with the best silhouette (2 to 8).  Raises InputError where
    fewer than 6 frames are measured, the face does not move, or more states are asked for than there
    are different frames.
    """
    values = table[list(columns)].dropna()
    if len(values) < _FEWEST:
        raise InputError(
            f"States need at least {_FEWEST} measured frames; this video has {len(values)}."
        )
    x = values.to_numpy(np.float64)
    chosen = np.unique(np.linspace(0, len(x) - 1, min(len(x), _FITTED)).round().astype(int))
    different = len(np.unique(x[chosen].round(4), axis=0))
    if different < 3:
        raise InputError("The face does not move in these measures: there is one state only.")
    if count is not None and not 2 <= count < different:
        raise InputError(f"{count} states of {different} different frames: ask for fewer.")
    most = min(MOST_STATES, different - 1)
    tried = {
        n: _fit(method, x[chosen], n, seed) for n in {*range(2, most + 1), *([count] * bool(count))}
    }
    silhouettes = pd.Series(
        {n: _silhouette(x[chosen], states) for n, states in sorted(tried.items())},
        name="silhouette",
    )
    if count is None:
        known = silhouettes.dropna()
        count = int(known.idxmax()) if len(known) else 2
    labels = _spread(x, chosen, tried[count])
    labels = _in_order_of_appearance(labels)
    means = pd.DataFrame(
        [x[labels == state].mean(axis=0) for state in range(labels.max() + 1)],
        columns=list(columns),
    )
    distance = np.linalg.norm(x - means.to_numpy()[labels], axis=1)
    typical = pd.Series(distance, values.index).groupby(labels).idxmin()
    assignment = pd.Series(labels, values.index).reindex(table.index, fill_value=-1)
    return States(assignment.rename("state"), means, typical, silhouettes)


def visits(states: States, times: pd.Series) -> pd.DataFrame:
    """State -> ``frames``, ``share`` of the measured frames, ``visits`` (runs of frames in it) and
    ``seconds`` a visit on average, ``typical``: the time of its typical frame.
    """
    state = states.assignment.to_numpy()
    begins = np.flatnonzero(np.diff(state, prepend=state[0] - 1))
    ends = np.append(begins[1:], len(state))
    time = times.to_numpy(np.float64)
    step = float(np.median(np.diff(time))) if len(time) > 1 else 0.0
    lasted = np.append(time[1:], time[-1] + step)[ends - 1] - time[begins]
    rows = []
    for number in range(states.count):
        frames, runs = int((state == number).sum()), state[begins] == number
        rows.append(
            {
                "frames": frames,
                "share": frames / max(1, int((state >= 0).sum())),
                "visits": int(runs.sum()),
                "seconds": float(lasted[runs].mean()),
                "typical": float(times.loc[states.typical[number]]),
            }
        )
    return pd.DataFrame(rows)


def _fit(method: Method, x: np.ndarray, count: int, seed: int) -> np.ndarray:
    if method == "kmeans":
        from sklearn.cluster import KMeans

        return KMeans(count, n_init=3, random_state=seed).fit_predict(x)
    if method == "mixture":
        from sklearn.mixture import GaussianMixture

        ridge = 1e-3 * float(x.var(axis=0).mean()) + 1e-9
        return GaussianMixture(count, reg_covar=ridge, random_state=seed).fit_predict(x)
    if method == "agglomerative":
        from sklearn.cluster import AgglomerativeClustering

        return AgglomerativeClustering(count).fit_predict(x)
    raise ValueError(f"{method!r} is not one of {', '.join(STATE_FINDERS)}")


def _silhouette(x: np.ndarray, labels: np.ndarray) -> float:
    """NaN where the method left fewer than two states."""
    from sklearn.metrics import silhouette_score

    some = slice(None, None, max(1, len(x) // _JUDGED))
    if not 2 <= len(np.unique(labels[some])) < len(labels[some]):
        return float("nan")
    return float(silhouette_score(x[some], labels[some]))


def _spread(x: np.ndarray, chosen: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Labels of all rows: those of the nearest chosen one."""
    if len(chosen) == len(x):
        return labels
    from sklearn.neighbors import KNeighborsClassifier

    return KNeighborsClassifier(1).fit(x[chosen], labels).predict(x)


def _in_order_of_appearance(labels: np.ndarray) -> np.ndarray:
    known, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return first.argsort().argsort()[inverse] if len(known) else labels
