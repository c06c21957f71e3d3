"""Which files a person handed over: files, folders, zips and uploads, with what must not pass.

Nothing is unpacked to disk: an entry of a zip is read into memory when its turn comes.
"""

import io
import stat
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from core.errors import InputError

Source = Path | str | tuple[str, bytes]
"""A path of a file or folder, or the name and the bytes of an upload."""

MAX_FILE_BYTES = 512 * 2**20
"""A single table; an hour of OpenFace's full output at 30 frames a second stays below."""
MAX_ZIP_BYTES = 4 * 2**30
"""Everything in a zip, unpacked."""
MAX_ZIP_ENTRIES = 10_000
MAX_ZIP_RATIO = 200
"""Unpacked to packed bytes of one entry above `SMALL_BYTES`; tables of numbers reach 10 to 30."""
SMALL_BYTES = 16 * 2**20

TABLE_SUFFIXES = (".csv", ".txt", ".tsv", ".parquet")
_SPREADSHEETS = (".xlsx", ".xls", ".ods", ".sav", ".mat")


@dataclass(frozen=True, slots=True)
class File:
    """A file by the name it was given (folders included, below the one handed over)."""

    name: str
    size: int
    read: Callable[[], bytes]


def expand(sources: Iterable[Source]) -> tuple[list[File], list[str]]:
    """All tables among the sources, in order, and the spreadsheets that were passed over.

    Folders are searched in depth; zips are opened, not those inside zips.  Raises InputError for a
    missing path, a table of more than `MAX_FILE_BYTES`, and a zip that is damaged, encrypted, too
    large, or has an entry that points outside.
    """
    if isinstance(sources, str | Path) or _is_upload(sources):
        sources = [sources]
    files, passed = [], []
    for source in sources:
        if _is_upload(source):
            name, raw = source
            _add(files, passed, _size_checked(File(name, len(raw), lambda raw=raw: raw)))
            continue
        path = Path(source)
        if not path.exists():
            raise InputError(f"{path} does not exist. Give tables, folders or zips that do.")
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            inside = file.relative_to(path) if path.is_dir() else Path(file.name)
            if file.is_file() and not any(part.startswith(".") for part in inside.parts):
                named = File(inside.as_posix(), file.stat().st_size, file.read_bytes)
                _add(files, passed, named, path=file, chosen=not path.is_dir())
    return files, passed


def _is_upload(source) -> bool:
    return (
        isinstance(source, tuple)
        and len(source) == 2
        and isinstance(source[1], bytes | bytearray | memoryview)
    )


def _add(
    files: list[File],
    passed: list[str],
    file: File,
    path: Path | None = None,
    chosen: bool = True,
) -> None:
    """The file, or what its zip holds; a file chosen by name is a table whatever its suffix."""
    suffix = PurePosixPath(file.name).suffix.lower()
    if suffix == ".zip":
        files += _in_zip(file, path)
    elif suffix in _SPREADSHEETS:
        passed.append(file.name)
    elif chosen or suffix in TABLE_SUFFIXES:
        files.append(_size_checked(file))


def _size_checked(file: File) -> File:
    limit = MAX_ZIP_BYTES if file.name.lower().endswith(".zip") else MAX_FILE_BYTES
    if file.size > limit:
        raise InputError(
            f"{file.name} has {file.size / 1e6:,.0f} MB; a table may have at most "
            f"{limit / 1e6:,.0f} MB. Keep only the columns frame, timestamp, confidence, success "
            "and AU.., or split the recording."
        )
    return file


def _in_zip(file: File, path: Path | None) -> list[File]:
    """The tables in a zip, after everything that makes a zip dangerous has been looked for."""
    _size_checked(file)
    handle = path if path is not None else io.BytesIO(file.read())
    try:
        with zipfile.ZipFile(handle) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise InputError(f"{file.name} is no readable zip ({error}). Pack it again.") from error
    _check_zip(file.name, entries)
    sources = []
    for entry in entries:
        parts = PurePosixPath(entry.filename).parts
        hidden = any(part.startswith((".", "__MACOSX")) for part in parts)
        if not hidden and PurePosixPath(entry.filename).suffix.lower() in TABLE_SUFFIXES:
            read = _entry_reader(file.name, handle, entry)
            sources.append(_size_checked(File(entry.filename, entry.file_size, read)))
    return sorted(sources, key=lambda file: file.name)


def _check_zip(name: str, entries: list[zipfile.ZipInfo]) -> None:
    total = sum(entry.file_size for entry in entries)
    wrong = []
    if len(entries) > MAX_ZIP_ENTRIES:
        wrong.append(f"it has {len(entries):,} entries (at most {MAX_ZIP_ENTRIES:,})")
    if total > MAX_ZIP_BYTES:
        wrong.append(f"it unpacks to {total / 1e9:,.1f} GB (at most {MAX_ZIP_BYTES / 1e9:,.1f})")
    for entry in entries:
        path = entry.filename.replace("\\", "/")
        if path.startswith("/") or ".." in path.split("/") or path[1:2] == ":":
            wrong.append(f"its entry {entry.filename!r} points outside the archive")
        elif stat.S_ISLNK(entry.external_attr >> 16):
            wrong.append(f"its entry {entry.filename!r} is a link")
        elif entry.flag_bits & 1:
            wrong.append(f"its entry {entry.filename!r} is encrypted")
        elif entry.file_size > SMALL_BYTES and entry.file_size > MAX_ZIP_RATIO * max(
            entry.compress_size, 1
        ):
            ratio = entry.file_size / max(entry.compress_size, 1)
            wrong.append(
                f"its entry {entry.filename!r} unpacks to {ratio:,.0f} times its size "
                f"(at most {MAX_ZIP_RATIO}), as a zip bomb does"
            )
    if wrong:
        listed = "; ".join(wrong[:5]) + (f"; and {len(wrong) - 5} more" if len(wrong) > 5 else "")
        raise InputError(
            f"{name} is refused: {listed}. Pack the tables themselves and nothing else."
        )


def _entry_reader(name: str, handle, entry: zipfile.ZipInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            with zipfile.ZipFile(handle) as archive, archive.open(entry) as stream:
                # an entry may hold more than it declares; one byte more is enough to know
                raw = stream.read(entry.file_size + 1)
        except Exception as error:  # zlib, lzma and bz2 each raise their own
            raise InputError(f"{entry.filename} in {name} is damaged ({error}).") from error
        if len(raw) != entry.file_size:
            raise InputError(f"{entry.filename} in {name} has another size than the zip declares.")
        return raw

    return read
