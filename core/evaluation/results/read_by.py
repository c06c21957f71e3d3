"""Tables as any classifier reads them: ours as they are, strangers by what they said of the same files."""

from pathlib import Path

import pandas as pd

from core.errors import InputError
from core.evaluation.measuring.readings import as_rows, read_readings
from core.evaluation.measuring.table import CURVE


def available_classifiers(rows: pd.DataFrame, folder: Path | None = None) -> list[str]:
    """Ids of classifiers that read more than one method: the base classifier first, then the strangers."""
    counts = rows[rows["method"] != "original"].groupby("classifier", observed=True)["method"]
    ours = [id for id, number in counts.nunique().items() if number > 1]
    strangers = sorted(set(read_readings(folder)["reader"].astype(str)) - set(ours))
    return sorted(ours, key=lambda id: (id != "base", id)) + strangers


def read_by(rows: pd.DataFrame, classifier: str, folder: Path | None = None) -> pd.DataFrame:
    """``rows`` of results with the predictions of ``classifier``, under its id.

    Curves, intervals and BD figures are computed from them as from any rows.  Faces that the classifier
    did not see in every method that it read are left out, so that curves are of the same faces; pictures
    of data sets without labels, which nobody reads, stay as they are.
    ``folder``: where the tables lie (default: those that ship).  Raises InputError where the classifier
    read nothing.
    """
    labelled = rows["data"].isin(rows.loc[rows["label"].notna(), "data"].unique())
    readings = as_rows(rows[labelled], read_readings(folder), classifier)
    if readings.empty:
        known = ", ".join(available_classifiers(rows, folder)) or "nobody"
        raise InputError(
            f"The tables hold nothing read by {classifier!r}; they were read by {known}. Write it with "
            "python -m core.evaluation read CLASSIFIER --write."
        )
    readings = _same_faces(readings)
    if labelled.all():
        return readings
    return _together(readings, rows[~labelled])


def _same_faces(rows: pd.DataFrame) -> pd.DataFrame:
    """Of each data set and split the faces that are there in every training and codec.

    A split without such a face stays whole.
    """
    place = ["data", "split"]
    coded = rows.groupby([*place, "image", *CURVE[:3]], observed=True, dropna=False).ngroup()
    each = rows[[*place, "image"]].assign(coded=coded)
    curves = rows.groupby([*place, *CURVE[:3]], observed=True, dropna=False).ngroup()
    every = each.assign(curve=curves).groupby(place, observed=True)["curve"].transform("nunique")
    there = each.groupby([*place, "image"], observed=True)["coded"].transform("nunique")
    common = there == every
    some = common.groupby([rows[name] for name in place], observed=True).transform("any")
    return rows[common | ~some].reset_index(drop=True)


def unread(rows: pd.DataFrame, seen: pd.DataFrame) -> list[tuple]:
    """Which of the trainings and codecs in ``rows`` have no row in ``seen``, what one classifier read.

    Each as (method, gamma, seed): pictures are the same whoever reads them.  Originals are left out.
    """
    coded = CURVE[:3]

    def keys(table: pd.DataFrame) -> dict[tuple, tuple]:
        every = table.loc[table["method"] != "original", coded].drop_duplicates()
        plain = every.astype(object).itertuples(index=False, name=None)
        return {tuple(None if pd.isna(each) else each for each in key): key for key in plain}

    known = keys(seen)
    return [key for plain, key in keys(rows).items() if plain not in known]


def _together(*parts: pd.DataFrame) -> pd.DataFrame:
    """Rows one after the other; names stay categories, in the first part's order."""
    whole = pd.concat(parts, ignore_index=True)
    for name in whole:
        if isinstance(parts[0][name].dtype, pd.CategoricalDtype):
            order = dict.fromkeys(each for part in parts for each in part[name].cat.categories)
            whole[name] = pd.Categorical(whole[name].astype(object), list(order))
    return whole
