"""Were the groups recorded alike?  Whatever differs in the recording can pass for a difference of faces.

One value a person for each property of their recordings, tested between groups before any result.
"""

from itertools import pairwise

import numpy as np
import pandas as pd
from scipy import stats

from core.cohort.statistics.frames import valid_shares
from core.cohort.statistics.group_tests import adjust
from core.cohort.tables.schema import UPPER, Cohort

NUMBERS = {
    "rate": "frames per second",
    "seconds": "length of the recordings (s)",
    "valid": "share of frames with a face",
    "confidence": "confidence",
    "face_width": "width of the face (pixels)",
    "files": "recordings of a person",
}
"""Property of a person's recordings -> its name."""
WORDS = {
    "dialect": "program",
    "units": "units measured",
    "scale": "staying within a fifth of the range",
}
COLUMNS = ("property", "test", "groups", "p_value", "p_adjusted", "differs")
_MOST_SHUFFLES = 2000


def recordings_of_people(cohort: Cohort) -> pd.DataFrame:
    """One row a person with a file: `NUMBERS` and `WORDS`, and their ``label``.

    Numbers are means over a person's files (lengths their sum).
    """
    rows = [
        {
            "participant": file.participant,
            "dialect": file.dialect,
            "units": " ".join(file.units),
            "scale": ("yes" if file.largest <= 0.2 * UPPER[cohort.unit_kind] else "no")
            if np.isfinite(file.largest) and len(file.units) > 3
            else "",
            "rate": file.rate,
            "seconds": file.seconds,
            "confidence": file.confidence,
            "face_width": file.face_width,
        }
        for file in cohort.report.files
        if file.used
    ]
    names = ["participant", *WORDS, "rate", "seconds", "confidence", "face_width"]
    table = pd.DataFrame(rows, columns=names).groupby("participant")
    people = table[["rate", "confidence", "face_width"]].mean()
    people["seconds"] = table["seconds"].sum(min_count=1)
    people["files"] = table.size().astype(float)
    people["valid"] = valid_shares(cohort).reindex(people.index)
    for word in WORDS:
        people[word] = table[word].agg(lambda s: " + ".join(sorted(set(s))))
    return people.join(cohort.people["label"])


def audit(cohort: Cohort, level: float = 0.05, seed: int = 0) -> pd.DataFrame:
    """One row a property: how the groups were recorded, and whether they differ in it.

    Columns `COLUMNS`; ``groups`` says what each group has; ``p_value`` by Mann-Whitney or
    Kruskal-Wallis for numbers, by shuffling labels for words; ``p_adjusted`` after Benjamini and
    Hochberg over the properties; ``differs``: adjusted p below ``level``, or p below it where the
    groups have nothing in common, which correction must not hide.  Properties that nobody has, and
    cohorts without two groups, give no row.
    """
    people = recordings_of_people(cohort)
    people = people[people["label"].notna()]
    groups = [g for g in cohort.groups if (people["label"] == g).any()]
    rows = []
    if len(groups) > 1:
        rows += [row for n in NUMBERS if (row := _number(people, n, groups)) is not None]
        rows += [row for n in WORDS if (row := _word(people, n, groups, seed)) is not None]
    names = ["property", "test", "groups", "p_value", "apart"]
    table = pd.DataFrame(rows, columns=names)
    table["p_adjusted"] = adjust(table["p_value"]) if len(table) else []
    apart = table["apart"].astype(bool) & (table["p_value"] < level)
    table["differs"] = (table["p_adjusted"] < level) | apart
    return table[list(COLUMNS)]


def alarms(table: pd.DataFrame) -> tuple[str, ...]:
    """One sentence for each property in which the groups differ."""
    return tuple(
        f"The groups were not recorded alike: {row['property']} differs ({row['groups']}; "
        f"p {row['p_value']:.2g}). Whatever differs in the recording can pass for a difference of faces."
        for _, row in table[table["differs"]].iterrows()
    )


def _number(people: pd.DataFrame, name: str, groups: list[str]) -> tuple | None:
    samples = [people.loc[people["label"] == g, name].dropna().to_numpy(float) for g in groups]
    known = [sample for sample in samples if len(sample)]
    if not known:
        return None
    medians = "; ".join(
        f"{g}: {np.median(s):.4g}" if len(s) else f"{g}: not known"
        for g, s in zip(groups, samples, strict=True)
    )
    p, test, apart = np.nan, "all alike", False
    everything = np.concatenate(known)
    scale = np.abs(everything).max()
    if len(known) == len(groups) and np.ptp(everything) > 1e-3 * scale:
        rounded = [np.round(s / scale, 3) for s in samples]  # what differs by less is the clock's
        ordered = sorted(rounded, key=np.min)
        apart = any(low.max() < high.min() for low, high in pairwise(ordered))
        if len(groups) == 2:
            test = "Mann-Whitney U"
            p = float(stats.mannwhitneyu(*rounded, alternative="two-sided").pvalue)
        else:
            test, p = "Kruskal-Wallis", float(stats.kruskal(*rounded).pvalue)
    elif len(known) < len(groups):
        test = "known in some groups only"
    return NUMBERS[name], test, f"median {medians}", p, apart


def _word(people: pd.DataFrame, name: str, groups: list[str], seed: int) -> tuple | None:
    known = people[people[name] != ""]
    if known.empty:
        return None
    counts = pd.crosstab(known["label"], known[name])
    listed = "; ".join(
        f"{g}: " + ", ".join(f"{word} ({n})" for word, n in counts.loc[g].items() if n)
        for g in groups
        if g in counts.index
    )
    if counts.shape[1] < 2:
        return WORDS[name], "all alike", counts.columns[0][:60], np.nan, False
    codes = pd.factorize(known[name])[0]
    label = pd.factorize(known["label"])[0]
    rng = np.random.default_rng(seed)
    observed = _spread(label, codes)
    null = [_spread(rng.permutation(label), codes) for _ in range(_MOST_SHUFFLES)]
    p = (1 + np.sum(np.array(null) >= observed - 1e-9)) / (1 + len(null))
    apart = bool(((counts > 0).sum(axis=0) == 1).all())
    return WORDS[name], "chi squared, labels shuffled", listed[:300], float(p), apart


def _spread(label: np.ndarray, codes: np.ndarray) -> float:
    """Chi squared of a table of two words, without its correction."""
    table = np.zeros((label.max() + 1, codes.max() + 1))
    np.add.at(table, (label, codes), 1)
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
    return float((np.square(table - expected) / expected).sum())
