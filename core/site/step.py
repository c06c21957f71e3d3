"""Whether a generated document is in step with the files that it was generated from."""

import hashlib

from core import checkpoints
from core.clip_documents import cohort_conclusion, shipped_paths
from core.evaluation.measuring.table import results_folder
from core.face.units.validation import validation_path


def fingerprint() -> str:
    """16 hex digits that change when a file behind the documents does."""
    folder = checkpoints.folder()
    files = {
        *folder.glob("*.json"), *results_folder().rglob("*.json"), *results_folder().rglob("*.parquet"),
        *cohort_conclusion().parent.glob("*.json"), *shipped_paths(), validation_path(),
    }  # fmt: skip
    digest = hashlib.sha256()
    for path in sorted(file for file in files if file.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def mark() -> str:
    """The line that a generated document ends with."""
    return f"<!-- generated from files with fingerprint {fingerprint()} -->"


def is_in_step(document: str) -> bool:
    """Whether a document was generated from the files that are there now."""
    return mark() in document
