"""ExpressRate: how few bits a face can be stored in before its expression can no longer be read.

The front door; what stands behind each name is imported when it is first used::

    codec = core.load_codec("baseline")       # .encode(picture, quality= | target_bpp=), .decode(bytes)
    core.read_expression(picture)             # probabilities by class name
    core.measure_video("clip.mp4")            # a frame table with its ledger
    core.compare(core.read_cohort("tables/", labels="labels.csv"))
"""

import importlib
from pathlib import Path

from core.folders import keep_compiled_code

keep_compiled_code(Path(__file__).parent)  # numba asks for the folder when it is imported

_HOMES = {
    "load_codec": ("core.codec", "load"),
    "read_expression": ("core.recognition", "read_expression"),
    "measure_video": ("core.face", "measure_video"),
    "read_cohort": ("core.cohort", "read_cohort"),
    "compare": ("core.cohort", "compare"),
    "InputError": ("core.errors", "InputError"),
    "__version__": ("core.provenance", "VERSION"),
}

__all__ = ["InputError", "compare", "load_codec", "measure_video", "read_cohort", "read_expression"]


def __getattr__(name: str):
    """Import a name from its home when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _HOMES[name]
    return getattr(importlib.import_module(module), attribute)


def __dir__() -> list[str]:
    """The names of the front door."""
    return sorted([*globals(), *_HOMES])
