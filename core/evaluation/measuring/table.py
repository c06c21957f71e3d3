"""The table of results: its columns, and how it is written and read.

One row is one picture at one operating point.  Everything the project shows is computed from rows.
"""

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from core import checkpoints
from core.errors import InputError
from core.evaluation.choices import LABELS
from core.expressions import EXPRESSIONS
from core.files import whole_file, write_whole

_NAME = pa.dictionary(pa.int32(), pa.string())

SCHEMA = pa.schema(
    [
        pa.field("data", _NAME),  # fer2013, photographs, gallery, foreign
        pa.field("split", _NAME),  # train, val, test
        pa.field("image", _NAME),  # file name in the data set
        pa.field("pixels", _NAME),  # md5 of the decoded pixels, as the data set stores them
        pa.field("height", pa.int32()),  # of the picture that is read; bpp counts its pixels
        pa.field("width", pa.int32()),
        pa.field("coded_height", pa.int32()),  # as it went into the file: 48 for native FER2013
        pa.field("label", _NAME),  # name of the class; null where the picture has none
        pa.field(
            "ferplus", _NAME
        ),  # the class that most of FER+'s ten people saw; null without one
        pa.field("method", _NAME),  # original, baseline, codec, joint, control, jpeg, ...
        pa.field("classifier", _NAME),  # id of the classifier that read it
        pa.field("gamma", pa.float64()),  # NaN where it plays no part
        pa.field("seed", pa.int16()),  # of the training; null where nothing was trained
        pa.field("quality_index", pa.float32()),  # 0..255; of a classical codec, its own setting
        pa.field("sheet", pa.int16()),  # the file it shares with others; null: one file a picture
        pa.field("file_bytes", pa.float32()),  # a face's share of its sheet's bytes
        pa.field("payload_bytes", pa.float32()),  # without header; NaN where it cannot be told
        pa.field("bpp", pa.float32()),  # 8 * file_bytes / (height * width)
        pa.field("psnr", pa.float32()),  # dB, 8 bits, after rounding; NaN for originals
        pa.field("ssim", pa.float32()),
        pa.field("prediction", _NAME),  # name of the class
        pa.field("p_true", pa.float32()),  # probability of the label; NaN without one
    ]
)
"""Columns of the table.  Classical codecs of small faces put 64 on a sheet (``sheet``); intervals
then resample whole sheets.  ``read_results`` adds ``shipped``."""

_OPTIONAL = {"ferplus"}
"""Columns that tables of an earlier form lack; read as unknown."""

_DECIMALS = {"psnr": 3, "ssim": 4, "p_true": 4}
"""Kept digits: finer ones are noise between processors and would triple the files."""

_EARLIER = {"stop": "quality_index"}
"""Names of columns in tables that were written before they were renamed."""

_GAMMA_DECIMALS = 6
"""Digits that single precision, in which earlier tables hold gamma, kept."""

CURVE = ["method", "gamma", "seed", "classifier"]
"""Columns that tell one curve from another within one data set and split."""


MATCHED = "-matched"
"""Table ``joint-matched`` holds further operating points of table ``joint`` (see ``rate_matching``)."""


@dataclass(frozen=True)
class Provenance:
    """The sidecar of a table: where its rows come from."""

    version: str  # of the code
    seed: int  # of the evaluation: order of faces on sheets
    data: dict[str, str]  # fingerprint of every data set
    checkpoints: dict[str, str]  # id -> SHA-256 of the weights
    command: str
    shipped: bool = True  # False: the weights behind the rows are not in the repository
    notes: dict = field(default_factory=dict)  # choices made on validation, with their evidence
    sha256: str = ""  # of the table's file; written with it


def results_folder() -> Path:
    """The folder of the result tables, beside the checkpoints."""
    return checkpoints.folder() / "results"


def write_results(
    rows: pd.DataFrame, name: str, provenance: Provenance, folder: Path | None = None
) -> Path:
    """Write ``rows`` as ``name.parquet`` with its sidecar ``name.json``; each file whole or absent."""
    path = (folder or results_folder()) / f"{name}.parquet"
    write_rows(rows, path)
    provenance = replace(provenance, sha256=checkpoints.fingerprint(path))
    sidecar = json.dumps(asdict(provenance), indent=1) + "\n"
    write_whole(path.with_suffix(".json"), sidecar.encode())
    return path


def beside_other_sets(
    rows: pd.DataFrame, name: str, provenance: Provenance, folder: Path
) -> tuple[pd.DataFrame, Provenance]:
    """``rows`` and their sidecar with what table ``name`` holds of other data sets, before them.

    Only of the same weights; the sidecar then says of the added sets how they were measured.
    """
    path = folder / f"{name}.parquet"
    if not path.exists():
        return rows, provenance
    earlier = read_provenance(path)
    others = sorted(set(earlier.data) - set(provenance.data))
    if not others or earlier.checkpoints != provenance.checkpoints:
        return rows, provenance
    held = read_rows([path])
    other_rows = held[(held["data"].astype(str) + "/" + held["split"].astype(str)).isin(others)]
    measured = {"version": provenance.version, "command": provenance.command}
    added = earlier.notes.get("added", {}) | dict.fromkeys(provenance.data, measured)
    # As objects, or a column that one of both leaves empty would decide the other's type.
    both = pd.concat([other_rows.astype(object), rows.astype(object)], ignore_index=True)
    return both, replace(
        earlier,
        data=earlier.data | provenance.data,
        notes=earlier.notes | provenance.notes | {"added": added},
    )


def write_rows(rows: pd.DataFrame, path: Path) -> None:
    """Write one parquet file in the schema; missing columns are a ValueError."""
    missing = [name for name in SCHEMA.names if name not in rows]
    if not _OPTIONAL.issuperset(missing):
        raise ValueError(f"columns missing from the results: {', '.join(missing)}")
    rounded = {name: rows[name].astype(float).round(digits) for name, digits in _DECIMALS.items()}
    rows = rows.assign(**dict.fromkeys(missing), **rounded)[SCHEMA.names]
    table = pa.Table.from_pandas(rows, schema=SCHEMA, preserve_index=False)
    with whole_file(path) as temporary:
        pq.write_table(table.replace_schema_metadata(), temporary, compression="zstd")


def read_rows(paths: list[Path]) -> pd.DataFrame:
    """The rows of parquet files in the schema, one after the other.

    Names become categories; labels and ``prediction`` share theirs, in the classifier's order.
    ``seed`` and ``sheet`` are nullable integers.
    """
    tables = []
    for path in paths:
        try:
            table = pq.read_table(path)
        except (pa.ArrowInvalid, OSError) as error:
            raise InputError(
                f"{path.name} is not a readable table of results: {error}. {checkpoints.RESTORE}"
            ) from error
        table = _in_todays_form(table)
        if table.schema.names != SCHEMA.names:
            odd = sorted(set(table.schema.names) ^ set(SCHEMA.names))
            raise InputError(f"{path.name} has other columns than a table of results: {odd}.")
        tables.append(table.cast(SCHEMA))
    whole = pa.concat_tables(tables) if tables else SCHEMA.empty_table()
    rows = whole.unify_dictionaries().to_pandas(types_mapper={pa.int16(): pd.Int16Dtype()}.get)
    columns = ("label", "ferplus", "prediction")
    names = set().union(*(rows[column].cat.categories for column in columns))
    order = [name for name in EXPRESSIONS if name in names] + sorted(names - set(EXPRESSIONS))
    for column in columns:
        rows[column] = rows[column].cat.set_categories(order)
    return rows


def _in_todays_form(table: pa.Table) -> pa.Table:
    """A table of an earlier form in today's: column names, gamma in double precision, later columns."""
    table = table.rename_columns([_EARLIER.get(name, name) for name in table.schema.names])
    at = table.schema.get_field_index("gamma")
    if at >= 0 and table.schema.field(at).type == pa.float32():
        exact = table.column(at).to_numpy().astype(np.float64).round(_GAMMA_DECIMALS)
        table = table.set_column(at, "gamma", pa.array(exact, from_pandas=False))
    for name in _OPTIONAL - set(table.schema.names):
        unknown = pa.nulls(len(table), _NAME)
        table = table.add_column(SCHEMA.get_field_index(name), name, unknown)
    return table


def table_paths(folder: Path | None = None) -> list[Path]:
    """The tables of ``folder`` (default: those that ship), by name.

    Raises InputError where a folder was named that is not there.
    """
    if folder is not None and not folder.is_dir():
        raise InputError(
            f"There is no folder {folder}: name the one that holds the result tables, or write them "
            "with python -m core.evaluation run."
        )
    return sorted((folder or results_folder()).glob("*.parquet"))


def read_results(folder: Path | None = None, *, without: Collection[str] = ()) -> pd.DataFrame:
    """All result tables of ``folder`` (default: those that ship) as one frame.

    Columns as in ``SCHEMA``, and ``shipped``: whether the weights behind a row are in the
    repository.  ``without``: names of tables that are left out.  An empty frame where there is no
    table.  Raises InputError for a folder that is not there, and for a table that cannot be read or
    lacks its sidecar.
    """
    paths = [path for path in table_paths(folder) if path.stem not in without]
    rows = read_rows(paths)
    lengths = [pq.read_metadata(path).num_rows for path in paths]
    shipped = [read_provenance(path).shipped for path in paths]
    rows["shipped"] = np.repeat(np.asarray(shipped, dtype=bool), lengths)
    return rows


def read_provenance(path: Path) -> Provenance:
    """The sidecar of the table at ``path``."""
    sidecar = path.with_suffix(".json")
    try:
        return Provenance(**json.loads(sidecar.read_text()))
    except FileNotFoundError:
        raise InputError(
            f"{path.name} lacks its sidecar {sidecar.name}. {checkpoints.RESTORE}"
        ) from None
    except (json.JSONDecodeError, TypeError, UnicodeDecodeError) as error:
        raise InputError(
            f"{sidecar.name} is not the sidecar of a table: {error}. {checkpoints.RESTORE}"
        ) from error


def forget_matched(folder: Path, name: str, keep: dict[str, str] | None = None) -> None:
    """Remove the matched points of table ``name``, unless they are of the weights ``keep``."""
    path = folder / f"{name}{MATCHED}.parquet"
    if keep is not None and path.exists() and read_provenance(path).checkpoints == keep:
        return
    for each in (path, path.with_suffix(".json")):
        each.unlink(missing_ok=True)


def labelled_by(rows: pd.DataFrame, labels: str) -> pd.DataFrame:
    """``rows`` with the label of ``labels`` (fer2013 or ferplus) in the column ``label``.

    With FER+'s, faces without a majority for one of the seven classes have no label, and ``p_true``,
    which is the probability of FER2013's label, is not known.  Raises InputError for other labels,
    and where the rows hold none of those.
    """
    if labels not in LABELS:
        raise InputError(f"There are no labels {labels!r}; known: {', '.join(LABELS)}.")
    if labels == "fer2013":
        return rows
    if rows["ferplus"].isna().all():
        raise InputError(
            "These rows hold no FER+ labels: add them with python -m core.evaluation votes --data "
            "FOLDER, where FOLDER holds ferplus/votes.csv."
        )
    return rows.assign(label=rows["ferplus"], p_true=np.nan)


def correct(rows: pd.DataFrame) -> pd.Series:
    """1.0 where the prediction is the label, 0.0 where not, NaN where there is no label."""
    same = rows["prediction"].astype(object) == rows["label"].astype(object)
    return same.astype(float).where(rows["label"].notna())
