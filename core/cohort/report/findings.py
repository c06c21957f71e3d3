"""What the tests say, in sentences: the page, the terminal and the report use the same."""

import pandas as pd

from core.cohort.report import plot_style
from core.cohort.statistics.group_tests import Tests


def effect_axis(tests: Tests) -> str:
    """What the effect of the primary test is, and its direction."""
    names = tests.primary.get("effect_name", pd.Series(dtype=object)).dropna()
    name = names.iloc[0] if len(names) else "Effect"
    if len(tests.groups) == 2:
        first, second = (plot_style.named(group) for group in tests.groups)
        return f"{name}, {second} minus {first} (95 % interval)"
    return f"{name} (95 % interval)"


def outcome(tests: Tests, level: float = 0.05) -> str:
    """The answer in one sentence, with nothing left out."""
    known = tests.primary.dropna(subset=["p_value"])
    if known.empty:
        return "No measure could be tested; the groups have too few people with values."
    hits = known[known["p_adjusted"] < level]["unit"].tolist()
    raw = int((known["p_value"] < level).sum())
    answer = f"{len(hits)} of {len(known)} measures differ after correction"
    if not len(tests.groups):
        answer = f"{len(hits)} of {len(known)} measures go with the score after correction"
    listed = f" ({', '.join(hits)})" if hits else ""
    chance = level * len(known)
    return (
        f"{answer}{listed}. Before correction {raw} were below {level:g}; "
        f"about {chance:.0f} would be by chance alone.{_by_ranks(tests, hits, level)}"
    )


def _by_ranks(tests: Tests, hits: list[str], level: float) -> str:
    """What the rank tests say where they disagree with the primary ones; "" where they do not."""
    if not len(tests.ranks):
        return ""
    by_ranks = tests.ranks.loc[tests.ranks["p_adjusted"] < level, "unit"].tolist()
    if set(by_ranks) == set(hits):
        return ""
    listed = f" ({', '.join(by_ranks)})" if by_ranks else ""
    name = tests.ranks["test"].iloc[0].removesuffix(" U")
    return (
        f" The rank test ({name}) finds {len(by_ranks)}{listed}: where the two disagree, a few people "
        "far from the others decide; look at the dots."
    )


def disbelief(tests: Tests) -> str:
    """Why the frame-level p-values must not be believed, and by how much they are wrong."""
    frames = tests.frames.dropna(subset=["frame_p_value"])
    if frames.empty:
        return ""
    count, people = int(frames["frames"].max()), int(frames["people"].max())
    worth = float(frames["effective_frames"].median())
    claimed = int(frames["claimed"].sum())
    held = int((tests.primary["p_adjusted"] < 0.05).sum())
    return (
        f"Taking each of {count:,} frames for a person of its own would claim a difference in "
        f"{claimed} of {len(frames)} measures; over people {held} hold. A face moves slowly: by "
        f"their autocorrelation the frames of a measure are worth about {worth:,.0f} independent "
        f"ones (median over measures), {count / max(worth, 1):,.0f} times fewer. And even those are "
        f"the same {people} faces over and over: only one value a person is independent."
    )
