"""Where measured figures are kept: one JSON file, one section a benchmark."""

import json

from core import checkpoints


def merge(section: str, figures: dict) -> None:
    """Put ``figures`` under ``section`` of ``checkpoints/results/benchmarks.json``, whole or not at all."""
    path = checkpoints.folder() / "results" / "benchmarks.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    known = json.loads(path.read_text()) if path.is_file() else {}
    temporary = path.with_suffix(".part")
    temporary.write_text(json.dumps({**known, section: figures}, indent=1) + "\n")
    temporary.replace(path)
