"""Tables as any classifier reads them: ours as they are, strangers by what they said of the same files."""

from pathlib import Path

import pandas as pd

from core.errors import InputError
from core.evaluation.measuring.readings import as_rows, read_readings


def available_classifiers(rows: pd.DataFrame, folder: Path | None = None) -> list[str]:
    """Ids of classifiers that read more than one method: the base classifier first, then the strangers."""
    counts = rows[rows["method"] != "original"].groupby("classifier", observed=True)["method"]
    ours = [id for id, number in counts.nunique().items() if number > 1]
    strangers = sorted(set(read_readings(folder)["reader"].astype(str)) - set(ours))
    return sorted(ours, key=lambda id: (id != "base", id)) + strangers


def read_by(rows: pd.DataFrame, classifier: str, folder: Path | None = None) -> pd.DataFrame:
    """``rows`` of results with the predictions of ``classifier``, under its id.

    Curves, intervals and BD figures are computed from them as from any rows.  ``folder``: where the
    tables lie (default: those that ship).  Raises InputError where the classifier read nothing.
    """
    readings = as_rows(rows, read_readings(folder), classifier)
    if readings.empty:
        known = ", ".join(available_classifiers(rows, folder)) or "nobody"
        raise InputError(
            f"The tables hold nothing read by {classifier!r}; they were read by {known}. Write it with "
            "python -m core.evaluation read CLASSIFIER --write."
        )
    return readings
