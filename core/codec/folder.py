"""A folder of pictures into one file, and back: the work of ``encode FOLDER`` and ``decode ... FOLDER``."""

import sys
from pathlib import Path

from core.codec.codec import load
from core.codec.collection import encode_many, open_many
from core.codec.pictures import png, read
from core.errors import InputError
from core.files import check_writable, write_whole
from core.picture_files import SUFFIXES
from core.progress import Progress


def encode_folder(
    folder: Path,
    checkpoint: str,
    quality: float | None,
    target_bpp: float | None,
    *,
    names: bool = False,
    keep_going: bool = False,
    progress: Progress | None = None,
) -> bytes:
    """One file of the pictures in ``folder``, in the order of their names.

    Raises InputError for a folder without pictures and, unless ``keep_going``, for a picture that
    cannot be read; it is then left out, and said.
    """
    pixels, stems = [], []
    for path in pictures_in(folder):
        try:
            picture = read(path)
        except InputError as error:
            if not keep_going:
                raise
            print(f"Left out: {error}", file=sys.stderr)
            continue
        for remark in picture.remarks:
            print(f"{path.name}: {remark}", file=sys.stderr)
        pixels.append(picture.pixels)
        stems.append(path.stem)
    if not pixels:
        raise InputError(f"{folder} holds no picture that can be read.")
    if len({stem.casefold() for stem in stems}) < len(stems) and names:
        raise InputError(f"Two pictures in {folder} differ only in case or kind: rename one.")
    return encode_many(
        load(checkpoint), pixels, quality, target_bpp=target_bpp,
        names=stems if names else (), progress=progress,
    )  # fmt: skip


def decode_to_folder(
    file: bytes, folder: Path, *, keep_going: bool = False, progress: Progress | None = None
) -> list[Path]:
    """The pictures of a file as PNG in ``folder``: by their names, or numbered from 1.

    Nothing is written over: a file that is there already is refused.  A damaged picture raises
    InputError, or with ``keep_going`` is left out, and said.
    """
    collection = open_many(file, keep_going=keep_going)
    digits = len(str(len(collection)))
    names = collection.names or [f"{i + 1:0{digits}d}" for i in range(len(collection))]
    targets = [folder / f"{name}.png" for name in names]
    for target in targets:
        check_writable(target)
        if target.exists():
            raise InputError(f"{target} is there already: choose an empty folder.")
    written = []
    for place, target in enumerate(targets):
        try:
            picture = collection[place]
        except InputError as error:
            if not keep_going:
                raise
            print(error, file=sys.stderr)
            continue
        write_whole(target, png(picture))
        written.append(target)
        if progress is not None:
            progress(place + 1, len(targets), target.name)
    return written


def pictures_in(folder: Path) -> list[Path]:
    """The picture files of a folder, by name; hidden ones and folders are left aside."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()
    )
