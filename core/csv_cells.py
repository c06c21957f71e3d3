"""Tables as CSV that no spreadsheet takes for a program."""

import pandas as pd

_BEGINS_A_FORMULA = ("=", "+", "-", "@")


def csv(table: pd.DataFrame, **options) -> str:
    """``table.to_csv`` without its index, texts that would begin a formula led by an apostrophe.

    Numbers, also those written as text, stay as they are.  ``options`` go to ``to_csv``.
    """
    texts = [name for name in table if not pd.api.types.is_numeric_dtype(table[name])]
    safe = table.astype({name: object for name in texts})
    for name in texts:
        safe[name] = safe[name].map(harmless)
    return safe.rename(columns=harmless).to_csv(index=False, **options)


def harmless(cell: object) -> object:
    """A cell that a spreadsheet shows and does not run.

    A carriage return becomes a line feed: alone it would end the row, and the next would begin anew.
    """
    if not isinstance(cell, str):
        return cell
    cell = cell.replace("\r\n", "\n").replace("\r", "\n")
    if cell.startswith(("\t", "\n")) or (
        cell.lstrip().startswith(_BEGINS_A_FORMULA) and not _is_number(cell)
    ):
        return "'" + cell
    return cell


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
