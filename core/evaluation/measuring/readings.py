"""The second form of a results table: what other classifiers say of the files behind its rows.

A table of results holds one prediction a row, that of the classifier its method was measured with.  Beside
it, ``readers/NAME.parquet`` holds one row for every classifier that looked at the same decoded picture.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from core import checkpoints
from core.errors import InputError
from core.evaluation.measuring.table import results_folder
from core.files import whole_file, write_whole

_NAME = pa.dictionary(pa.int32(), pa.string())

READINGS = pa.schema(
    [
        pa.field("data", _NAME),
        pa.field("split", _NAME),
        pa.field("image", _NAME),
        pa.field("method", _NAME),
        pa.field("gamma", pa.float64()),
        pa.field("seed", pa.int16()),
        pa.field("quality_index", pa.float32()),
        pa.field("reader", _NAME),  # id of who read
        pa.field("prediction", _NAME),  # name of the class
        pa.field("p_true", pa.float32()),  # probability of the label; NaN without one
    ]
)
"""Columns of a table of readings; all but the last three say which row of the results was read."""

PICTURE = READINGS.names[:7]
"""What names one decoded picture."""

_P_DECIMALS = 3


@dataclass(frozen=True)
class ReadingsCard:
    """The sidecar: which weights coded, who read, how it was made.  ``sha256``: of the table's file."""

    version: str
    command: str
    checkpoints: dict[str, str]  # id -> SHA-256 of the weights that coded
    readers: dict[str, str]  # id -> SHA-256 of the weights that read
    faces: dict[str, int]  # data/split -> pictures
    sha256: str = ""
    notes: dict = field(default_factory=dict)


def readings_folder(folder: Path | None = None) -> Path:
    """The folder of readings inside a folder of results (default: the one that ships)."""
    return (folder or results_folder()) / "readers"


def readings_paths(folder: Path | None = None) -> list[Path]:
    """The tables of readings beside the tables of ``folder``, by name."""
    return sorted(readings_folder(folder).glob("*.parquet"))


def write_readings(
    rows: pd.DataFrame, name: str, card: ReadingsCard, folder: Path | None = None
) -> Path:
    """Write ``readers/NAME.parquet`` and its sidecar.

    Rows of earlier readings of the same weights stay, unless the same classifier read the same picture.
    """
    path = readings_folder(folder) / f"{name}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    earlier = read_readings_card(path)
    if earlier is not None and earlier.checkpoints == card.checkpoints:
        earlier_rows = _read(path)
        earlier_rows = earlier_rows[
            [_same_weights(earlier, card, classifier) for classifier in earlier_rows["reader"]]
        ]
        rows = pd.concat([earlier_rows, rows], ignore_index=True)
        rows = rows.drop_duplicates([*PICTURE, "reader"], keep="last")
        old = {id: sha for id, sha in earlier.readers.items() if id in set(earlier_rows["reader"])}
        card = ReadingsCard(**{**asdict(card), "readers": {**old, **card.readers}})
    counts = rows.groupby(["data", "split"], observed=True)["image"].nunique()
    card = ReadingsCard(
        **{**asdict(card), "faces": {f"{d}/{s}": int(n) for (d, s), n in counts.items()}}
    )
    rows = rows.sort_values([*PICTURE[:2], "reader", "gamma", "seed", "quality_index", "image"])
    rows = rows.assign(p_true=rows["p_true"].astype(float).round(_P_DECIMALS))
    table = pa.Table.from_pandas(rows[READINGS.names], schema=READINGS, preserve_index=False)
    with whole_file(path) as temporary:
        pq.write_table(table.replace_schema_metadata(), temporary, compression="zstd")
    card = ReadingsCard(**{**asdict(card), "sha256": checkpoints.fingerprint(path)})
    write_whole(path.with_suffix(".json"), (json.dumps(asdict(card), indent=1) + "\n").encode())
    return path


def read_readings(folder: Path | None = None) -> pd.DataFrame:
    """All readings beside the tables of ``folder``; an empty frame where there are none.

    Readings of other weights than those that are here now are passed over.
    """
    prints = {card.id: card.fingerprint for card in checkpoints.cards()}
    tables = []
    for path in readings_paths(folder):
        card = read_readings_card(path)
        if card is not None and all(prints.get(i) == sha for i, sha in card.checkpoints.items()):
            tables.append(_read(path))
    if not tables:
        return READINGS.empty_table().to_pandas()
    return pd.concat(tables, ignore_index=True)


def as_rows(
    rows: pd.DataFrame,
    readings: pd.DataFrame,
    classifier: str,
    methods: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Rows of results as ``classifier`` reads them: its predictions, under its id.

    ``rows`` as ``read_results`` gives them.  What the classifier read for the tables themselves comes from
    them, the rest from ``readings``; pictures that it never saw are left out, and so is a method read
    by several classifiers more than once.
    """
    if methods is not None:
        rows = rows[rows["method"].isin(methods)]
    own = rows[rows["classifier"] == classifier]
    said = readings[readings["reader"] == classifier]
    once = rows[rows["classifier"] != classifier].drop_duplicates(PICTURE)
    once = once.drop(columns=["prediction", "p_true"])
    # categories differ between tables, and NaN must meet NaN: compare plain values
    left, right = _keys(once), _keys(said)
    joined = once.assign(**left).merge(
        said.assign(**right)[[*left, "prediction", "p_true"]], on=list(left)
    )
    joined = joined.drop(columns=list(left)).assign(classifier=classifier)
    taken = _keys(own)
    names = pd.MultiIndex.from_frame(pd.DataFrame(taken))
    again = pd.MultiIndex.from_frame(pd.DataFrame(_keys(joined))).isin(names)
    parts = [part for part in (own, joined.loc[~again, rows.columns]) if len(part)]
    asked_rows = pd.concat(parts, ignore_index=True) if parts else own
    return _as_categories(asked_rows, rows)


def _keys(rows: pd.DataFrame) -> dict[str, np.ndarray]:
    keys = {}
    for name in PICTURE:
        values = rows[name]
        if name in ("gamma", "seed", "quality_index"):
            keys[f"key_{name}"] = values.astype("Float64").fillna(-1).to_numpy(np.float64).round(6)
        else:
            keys[f"key_{name}"] = values.astype(object).to_numpy()
    return keys


def _as_categories(readings: pd.DataFrame, like: pd.DataFrame) -> pd.DataFrame:
    """Columns of names as categories again, ``label`` and ``prediction`` in the order of ``like``."""
    for name in readings:
        if isinstance(like[name].dtype, pd.CategoricalDtype):
            values = readings[name].astype(object)
            order = [c for c in like[name].cat.categories]
            order += sorted(set(values.dropna()) - set(order))
            readings[name] = pd.Categorical(values, order)
        else:
            readings[name] = readings[name].astype(like[name].dtype)
    return readings


def _same_weights(earlier: ReadingsCard, now: ReadingsCard, classifier: str) -> bool:
    return now.readers.get(classifier, earlier.readers.get(classifier)) == earlier.readers.get(
        classifier
    )


def _read(path: Path) -> pd.DataFrame:
    try:
        table = pq.read_table(path)
        if table.schema.names != READINGS.names:
            raise InputError(f"{path.name} has other columns than a table of readings.")
        return table.cast(READINGS).to_pandas(types_mapper={pa.int16(): pd.Int16Dtype()}.get)
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(
            f"{path.name} is not a readable table of readings: {error}. {checkpoints.RESTORE}"
        ) from error


def read_readings_card(path: Path) -> ReadingsCard | None:
    """The sidecar of a table of readings; None where either is missing, InputError where it is damaged."""
    sidecar = path.with_suffix(".json")
    if not (path.is_file() and sidecar.is_file()):
        return None
    try:
        return ReadingsCard(**json.loads(sidecar.read_text()))
    except (json.JSONDecodeError, TypeError, UnicodeDecodeError) as error:
        raise InputError(
            f"{sidecar.name} is not the sidecar of readings: {error}. {checkpoints.RESTORE}"
        ) from error
