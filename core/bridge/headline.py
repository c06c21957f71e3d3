"""The headline: the lowest rate at which every validated action unit is still the same unit."""

from dataclasses import dataclass, fields

import pandas as pd

from core.clip_documents import read_shipped, sample_drift
from core.errors import InputError
from core.formatting import percent

LEAST_R = 0.9
MOST_LOST = 0.05
"""Share of the faces that may get lost before a rate no longer counts, however well the rest does."""


@dataclass(frozen=True, slots=True)
class LowestRate:
    """What one codec needs.

    ``setting``, ``bits_per_face``, ``bits_per_second``: of the lowest rate from which on, upwards,
    every unit in ``units`` keeps its correlation above 0.9; None where no rate does, ``why`` says
    what fails.  ``least_r``: the smallest correlation there.
    """

    name: str
    setting: float | None
    bits_per_face: float | None
    bits_per_second: float | None
    least_r: float | None
    units: tuple[str, ...]
    why: str


def shipped_headline() -> tuple[list[LowestRate], str]:
    """What was found of the shipped sample clip, and the command that found it.

    Nothing and an empty command where its document is missing or damaged.
    """
    names = [field.name for field in fields(LowestRate)]
    try:
        document = read_shipped(sample_drift())
        headline = document.content["headline"]
        return [LowestRate(**{n: each[n] for n in names}) for each in headline], document.command
    except (InputError, KeyError, TypeError):
        return [], ""


def lowest_rates(drift: pd.DataFrame, validated: tuple[str, ...]) -> list[LowestRate]:
    """One entry a codec of a table of drift, in its order.

    Over several clips a unit's correlation is the median of those clips in which it moves, and
    rates are means.
    """
    return [_lowest(str(name), part, validated) for name, part in drift.groupby("name", sort=False)]


def _lowest(name: str, drift: pd.DataFrame, validated: tuple[str, ...]) -> LowestRate:
    units = drift[drift["measure"].isin(validated)]
    moving = tuple(
        unit for unit in validated if units.loc[units["measure"] == unit, "r"].notna().any()
    )

    def failed(why: str) -> LowestRate:
        return LowestRate(name, None, None, None, None, moving, why)

    if not moving:
        return failed(
            "no unit passed validation" if not validated else "no validated unit moves enough"
        )
    clips = drift.drop_duplicates(["clip", "setting"]).groupby("setting", sort=False)
    rates = clips[["bits_per_face", "bits_per_second"]].mean()
    lost = clips["lost"].sum() / clips["faces"].sum()
    r = units.groupby(["setting", "measure"])["r"].median().unstack()[list(moving)]
    best = None
    for setting in rates.sort_values("bits_per_face", ascending=False).index:
        if lost[setting] > MOST_LOST:
            why = f"{percent(lost[setting], 0)} of the faces get lost"
            break
        least = r.loc[setting].min(skipna=False)
        if not least > LEAST_R:
            worst = r.loc[setting].fillna(-2).idxmin()
            left = r.loc[setting, worst]
            loss = f"falls to r = {left:.2f}" if left == left else "can no longer be measured"
            why = f"{worst} {loss}"
            break
        best, why = (setting, float(least)), "its lowest rate still keeps them"
    if best is None:
        return failed(f"even at its highest rate {why}")
    setting, least = best
    return LowestRate(
        name, float(setting), float(rates.loc[setting, "bits_per_face"]),
        float(rates.loc[setting, "bits_per_second"]), least, moving,
        why if why.startswith("its") else f"below, {why}",
    )  # fmt: skip
