"""What is finished: the reference of a clip and its passes through codecs, kept and never done twice.

One Parquet file each, written whole, under a name that holds the digest of everything it depends on:
the clip's content, the codec with its settings and weights, the weights that measure, the settings.
"""

import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from core.bridge.methods import Method
from core.bridge.passes import DriftSettings, Reference, measure_coded, measure_reference
from core.errors import InputError
from core.face.series import weights_used
from core.files import write_whole
from core.folders import state_folder
from core.progress import Progress

_FORM = 1
"""Raised when a change of the code makes what is kept wrong."""


def default_folder() -> Path:
    """Where finished work lies unless another folder is named: in the state folder."""
    return state_folder() / "bridge"


@dataclass(frozen=True, slots=True)
class Store:
    """A folder of finished work."""

    folder: Path

    def reference(
        self, path: Path, settings: DriftSettings, progress: Progress | None = None
    ) -> Reference:
        """The clip as it is, measured now unless it was before."""

        def make() -> tuple[pd.DataFrame, dict]:
            reference = measure_reference(path, settings, progress)
            return reference.table, {"height": reference.height, "width": reference.width}

        table, facts = self.fetch(self._place(path, None, settings), make)
        return Reference(table, facts["height"], facts["width"])

    def coded(
        self, path: Path, method: Method, settings: DriftSettings, progress: Progress | None = None
    ) -> pd.DataFrame:
        """The clip through ``method``, coded and measured now unless it was before."""

        def make() -> tuple[pd.DataFrame, dict]:
            reference = self.reference(path, settings, progress)
            return measure_coded(path, reference, method, settings, progress), {}

        return self.fetch(self._place(path, method, settings), make)[0]

    def is_done(self, path: Path, method: Method, settings: DriftSettings) -> bool:
        """Whether the pass is kept already."""
        return self._place(path, method, settings).is_file()

    def _place(self, path: Path, method: Method | None, settings: DriftSettings) -> Path:
        facts = {
            "form": _FORM,
            "clip": digest(path),
            "method": method and asdict(method),
            "weights": weights_used(settings.emotions),
            "settings": asdict(settings),
        }
        return self.place(path.stem, method.name if method else "reference", facts)

    def place(self, clip: str, work: str, facts: dict) -> Path:
        """Where ``work`` on a clip lies, which depends on ``facts`` (JSON) alone."""
        key = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]
        return self.folder / f"{clip}-{work}-{key}.parquet"

    def fetch(
        self, place: Path, make: Callable[[], tuple[pd.DataFrame, dict]]
    ) -> tuple[pd.DataFrame, dict]:
        """The table and facts at ``place``: read, or made now and kept."""
        if place.is_file():
            try:
                stored = pq.read_table(place)
                return stored.to_pandas(), json.loads(stored.schema.metadata[b"facts"])
            except (OSError, ValueError, KeyError):
                place.unlink()  # damaged: made again
        table, facts = make()
        content = io.BytesIO()
        stored = _as_arrow(table, facts)
        pq.write_table(stored, content, compression="zstd")
        write_whole(place, content.getvalue())
        return table, facts


def _as_arrow(table: pd.DataFrame, facts: dict):
    import pyarrow as pa

    stored = pa.Table.from_pandas(table, preserve_index=False)
    named = {**(stored.schema.metadata or {}), b"facts": json.dumps(facts).encode()}
    return stored.replace_schema_metadata(named)


def digest(path: Path) -> str:
    """SHA-256 of a clip's content; InputError if it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from error
