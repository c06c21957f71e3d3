"""FER+'s labels written into tables that were measured without them; no row is measured again."""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from core.data.votes import read_votes, votes_file
from core.evaluation.measuring.table import (
    read_provenance,
    read_rows,
    table_paths,
    write_results,
)
from core.expressions import EXPRESSIONS


def add_votes(
    data: Path, folder: Path | None = None, command: str = ""
) -> tuple[list[Path], list[Path]]:
    """Fill the column ``ferplus`` of every table of ``folder``; return those changed and those not.

    Faces are joined by their file names in FER2013's archive.  Predictions, bytes and everything else
    stay as they are; the sidecar keeps who measured and notes this command.  Raises InputError where
    there are no votes, or they are of other faces.
    """
    votes = _majorities(data)
    changed, same = [], []
    for path in table_paths(folder):
        rows = read_rows([path])
        faces = rows["data"] == "fer2013"
        labels = rows["image"].astype(object).where(faces).map(votes)
        if labels.fillna("").equals(rows["ferplus"].astype(object).fillna("")):
            same.append(path)
            continue
        provenance = read_provenance(path)
        provenance = replace(provenance, notes=provenance.notes | {"ferplus": command})
        write_results(rows.assign(ferplus=labels), path.stem, provenance, folder)
        changed.append(path)
    return changed, same


def _majorities(data: Path) -> dict[str, str | None]:
    """File name of a face -> the class that most people saw; None without a majority."""
    names = pd.read_csv(votes_file(data), usecols=["image"])["image"].astype(str)
    majority = read_votes(data, names.to_numpy()).majority
    labels = (EXPRESSIONS[i] if i >= 0 else None for i in majority)
    return dict(zip(names, labels, strict=True))  # a face may stand in it twice
