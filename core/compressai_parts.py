"""CompressAI's networks, with nothing beside them that they do not need.

It has builds for few systems (none for Linux on ARM, for Windows or for glibc before 2.34), and imports
its compiled entropy coder with its networks.  We use its networks and have a coder of our own, so
empty modules take the place of parts that cannot be loaded; where they can, nothing is done.

With its networks it also imports PyTorch Geometric, for point clouds, which is left out.
"""

import sys
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from types import ModuleType

from core.left_out import left_out
from core.torchvision_ops import load_torchvision

_PARTS = {
    "_CXX": ("pmf_to_quantized_cdf",),
    "ans": ("BufferedRansEncoder", "RansDecoder", "RansEncoder"),
}
"""Compiled module -> what CompressAI imports from it."""


def load_networks() -> None:
    """Import CompressAI, with torchvision, which it uses.  Call before the first import of it."""
    load_torchvision()
    replace_missing_parts()
    with left_out("torch_geometric", "data", "data.datapipes", "transforms"):
        import compressai.models  # noqa: F401


def replace_missing_parts() -> None:
    """Put empty modules in the place of compiled parts that cannot be loaded."""
    package = find_spec("compressai")
    if package is None or "compressai" in sys.modules:
        return
    for part, names in _PARTS.items():
        if not _loads(part, list(package.submodule_search_locations or ())):
            empty = ModuleType(f"compressai.{part}")
            for name in names:
                setattr(empty, name, _NotBuilt)
            sys.modules[empty.__name__] = empty


def _loads(part: str, folders: list[str]) -> bool:
    spec = PathFinder.find_spec(f"compressai.{part}", folders)
    if spec is None:
        return False
    try:
        module_from_spec(spec)
    except ImportError:  # made for another processor or C library
        return False
    return True


class _NotBuilt:
    """Stands for a coder that is made with a network and never asked to code."""

    def __init__(self, *_, **__) -> None:
        pass

    def __getattr__(self, name: str):
        raise AttributeError(f"CompressAI's own coder was not built for this machine ({name}).")
