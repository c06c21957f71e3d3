"""Emotions as sums of action units, leaving out the units that validation does not support."""

from collections.abc import Mapping

import pandas as pd

from core.facs import COMPOSITES, UNITS, distinct


def supported(
    validated: Mapping[str, bool],
) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    """Emotion -> those of its units that are validated, and for emotions that lose their meaning why.

    An emotion of which one unit is left, or that is the same as another, is not offered
    (:func:`core.facs.distinct`).
    """
    return distinct(
        {
            name: tuple(unit for unit in units if validated.get(unit, False))
            for name, units in COMPOSITES.items()
        }
    )


def compose(table: pd.DataFrame, parts: Mapping[str, tuple[str, ...]]) -> pd.DataFrame:
    """One column an emotion, the sum of the intensities of its ``parts``; the index of ``table``.

    ``table``: columns ``AUnn``, 0..5 (or differences from a neutral face, then the sums may be
    negative).  NaN where any of the parts is.
    """
    return pd.DataFrame(
        {name: table[list(units)].sum(axis=1, skipna=False) for name, units in parts.items()},
        index=table.index,
    )


def missing_parts(parts: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Emotion -> the units of its full sum that ``parts`` leaves out; () where it is whole."""
    return {
        name: tuple(unit for unit in COMPOSITES[name] if unit not in units)
        for name, units in parts.items()
    }


def marked(unit: str, validated: Mapping[str, bool]) -> str:
    """A unit as figures and tables call it: with a star where it is not validated."""
    return unit if unit not in UNITS or validated.get(unit, False) else f"{unit} *"
