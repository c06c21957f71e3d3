"""Where estimates are kept once they are computed: in memory, with the tables, in the cache folder.

::

    asked for a name -> known in this process
                     -> in ``estimates.zip`` beside the tables, where its digest is today's
                     -> in the cache folder, under the same digest
                     -> computed now, and kept in the cache

The digest is of the tables, the chosen gammas and the code that computes: a changed table or formula is
computed anew.  A damaged or unwritable place costs time alone.
"""

import hashlib
import io
import json
import shutil
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from core import checkpoints
from core.errors import InputError
from core.evaluation.choices import RESAMPLES, SEED
from core.evaluation.measuring.readings import readings_folder
from core.evaluation.measuring.table import results_folder, table_paths
from core.files import whole_file, write_whole
from core.folders import cache_folder
from core.provenance import source_fingerprint

SHIPPED = "estimates.zip"
"""Beside the tables: what pages open with, so that a first visit does not wait; see :func:`ship`."""

_CACHED_SETS = 4
"""Sets of tables whose estimates are kept in the cache; older ones go."""

_SOURCES = (
    "evaluation/results",
    "evaluation/measuring/table.py",
    "evaluation/measuring/readings.py",
    "codec/many.py",
    "intervals.py",
    "methods.py",
)
_DATE = (1980, 1, 1, 0, 0, 0)  # of every entry: the same estimates are the same file


class NoCache:
    """Estimates that live as long as they are used."""

    def __init__(self) -> None:
        self._known: dict[str, object] = {}
        self._contents: dict[str, bytes] = {}  # by the name of their file

    def plain(self, name: str, compute: Callable[[], list]) -> list:
        """A list of plain values: numbers, texts, lists, dictionaries."""
        return self._once(name, "json", compute, json.loads, _json)

    def frame(self, name: str, compute: Callable[[], pd.DataFrame]) -> pd.DataFrame:
        """A data frame, not to be changed by the caller."""
        return self._once(name, "parquet", compute, _read_frame, _parquet)

    def _once(self, name: str, suffix: str, compute: Callable, read: Callable, write: Callable):
        if name not in self._known:
            file = f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.{suffix}"
            content = self._kept(file)
            value = _read_or_none(content, read)
            if value is None:
                value = compute()
                content = write(value)
                self._keep(file, content)
            self._known[name], self._contents[file] = value, content
        return self._known[name]

    def _kept(self, file: str) -> bytes | None:
        """The content of ``file`` from an earlier process."""
        return None

    def _keep(self, file: str, content: bytes) -> None:
        """Keep it for later processes."""


class Cache(NoCache):
    """Estimates of the tables of one folder (default: those that ship), kept beyond the process."""

    def __init__(self, folder: Path | None = None) -> None:
        super().__init__()
        self._digest = _digest(folder)
        self._shipped = _read_shipped((folder or results_folder()) / SHIPPED, self._digest)
        home = cache_folder() / "estimates"
        _forget_old(home)
        self._cache = home / self._digest

    def ship(self, folder: Path | None = None) -> Path:
        """Write all that was asked for in this process as ``estimates.zip``; return its path."""
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.comment = self._digest.encode()
            for file in sorted(self._contents):
                archive.writestr(zipfile.ZipInfo(file, _DATE), self._contents[file])
        path = (folder or results_folder()) / SHIPPED
        write_whole(path, content.getvalue())
        return path

    def _kept(self, file: str) -> bytes | None:
        if file in self._shipped:
            return self._shipped[file]
        try:
            return (self._cache / file).read_bytes()
        except OSError:
            return None

    def _keep(self, file: str, content: bytes) -> None:
        try:
            with whole_file(self._cache / file) as temporary:
                temporary.write_bytes(content)
        except (OSError, InputError):  # a cache that cannot be written is no reason to fail
            return


def shipped_is_current(folder: Path | None = None) -> bool:
    """Whether ``estimates.zip`` is of the tables and the code of today."""
    path = (folder or results_folder()) / SHIPPED
    return bool(_read_shipped(path, _digest(folder)))


def _digest(folder: Path | None) -> str:
    """16 hex digits of all that an estimate depends on."""
    digest = hashlib.sha256(f"{RESAMPLES} {SEED}".encode())
    readings = sorted(readings_folder(folder).glob("*.parquet"))
    for path in [*table_paths(folder), *readings]:
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
        sidecar = path.with_suffix(".json")
        digest.update(sidecar.read_bytes() if sidecar.is_file() else b"")
    for card in checkpoints.cards():
        digest.update(f"{card.id} {card.method} {card.gamma} {card.chosen}".encode())
    digest.update(source_fingerprint(_SOURCES).encode())
    return digest.hexdigest()[:16]


def _read_shipped(path: Path, digest: str) -> dict[str, bytes]:
    """The files in the archive at ``path``; none where it is absent, damaged or of another digest."""
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.comment.decode() != digest:
                return {}
            return {name: archive.read(name) for name in archive.namelist()}
    except (OSError, ValueError, zipfile.BadZipFile, zlib.error):
        return {}


def _forget_old(home: Path) -> None:
    try:
        sets = sorted(home.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    except OSError:
        return
    for path in sets[_CACHED_SETS:]:
        shutil.rmtree(path, ignore_errors=True)


def _read_or_none(content: bytes | None, read: Callable):
    try:
        return None if content is None else read(content)
    except (OSError, ValueError):  # damaged: computed anew
        return None


def _json(value: list) -> bytes:
    return json.dumps(value).encode()


def _read_frame(content: bytes) -> pd.DataFrame:
    return pd.read_parquet(io.BytesIO(content))


def _parquet(value: pd.DataFrame) -> bytes:
    content = io.BytesIO()
    value.to_parquet(content)
    return content.getvalue()
