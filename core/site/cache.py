"""What takes seconds to make from what ships, kept in the cache folder between starts of the app.

A file's name holds the hash of all it was made from: weights, faces, tables and the code.  A cache that
cannot be read or written costs time alone.
"""

import hashlib
from collections.abc import Callable

from core import checkpoints
from core.errors import InputError
from core.evaluation.measuring.table import table_paths
from core.files import whole_file
from core.folders import cache_folder
from core.gallery import folder
from core.provenance import source_fingerprint

_SOURCES = ("site", "codec", "recognition", "evaluation", "face/crop.py")


def cached(name: str, make: Callable[[], bytes], *, tables: bool) -> bytes:
    """What ``make`` gives, from the cache where it is there; ``tables``: results have a part in it."""
    path = cache_folder() / "shown" / f"{name}-{_stamp(tables)}.bin"
    try:
        return path.read_bytes()
    except OSError:
        content = make()
    try:
        for old in path.parent.glob(f"{name}-*.bin"):
            old.unlink()
        with whole_file(path) as temporary:
            temporary.write_bytes(content)
    except (OSError, InputError):
        pass
    return content


def _stamp(tables: bool) -> str:
    digest = hashlib.sha256(source_fingerprint(_SOURCES).encode())
    for card in checkpoints.cards():
        digest.update(f"{card.id} {card.fingerprint} {card.chosen}".encode())
    files = [*sorted(folder().glob("*.png")), folder() / "gallery.json"]
    for path in [*files, *(table_paths() if tables else ())]:
        if path.is_file():
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]
