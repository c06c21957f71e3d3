"""Lets torchvision be imported beside a CPU-only torch build, and without torch's compiler.

The registry's torchvision carries operators compiled against the CUDA build of torch.  Beside a
CPU-only torch they fail to load, and torchvision then stops at the missing schemas of ``nms`` and
``qnms``.  Declaring the two schemas is enough: nothing here ever calls them.  The compiler
(``torch._dynamo``, with SymPy) is imported by one operator of torchvision that asks whether it could be
compiled; nothing here uses that either.
"""

import importlib.util
from pathlib import Path

import torch

from core.left_out import left_out

_NMS = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
_library = None


def load_torchvision() -> None:
    """Import torchvision.  Call before the first import of it; safe to call again."""
    declare_missing_operators()
    with left_out("torch._dynamo", "utils"):
        import torchvision  # noqa: F401


def declare_missing_operators() -> None:
    """Declare torchvision's two schemas if its compiled operators cannot be loaded; else do nothing.

    Call before the first ``import torchvision``.  Safe to call again.
    """
    global _library
    if _library is not None:
        return
    spec = importlib.util.find_spec("torchvision")
    compiled = sorted(Path(spec.origin).parent.glob("_C*.so")) if spec and spec.origin else []
    try:
        for path in compiled:
            torch.ops.load_library(path)
    except OSError:
        pass
    if hasattr(torch.ops.torchvision, "nms"):
        return
    _library = torch.library.Library("torchvision", "DEF")
    _library.define("nms" + _NMS)
    _library.define("qnms" + _NMS)
