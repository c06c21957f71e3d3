"""How groups of people are named and coloured in figures; the dress itself is `core.plot_style`."""

from collections.abc import Sequence

import pandas as pd

from core.cohort.tables.schema import order_groups
from core.plot_style import group_colours


def colours(groups: Sequence) -> dict[str, str]:
    """A colour for each group, the reference group first; people without a group ("") are grey."""
    return group_colours(order_groups(group for group in groups if group != ""))


def named(group: str) -> str:
    """A group as a legend says it: a bare number would not explain itself."""
    if not group:
        return "no label"
    return f"group {group}" if group.replace(".", "", 1).isdigit() else group


def spoken(rows: pd.DataFrame, column: str, form: str) -> list[str]:
    """A column as words; what was not measured says so."""
    if column not in rows:
        return ["not measured"] * len(rows)
    return [format(value, form) if pd.notna(value) else "not measured" for value in rows[column]]
