"""Lets torchvision be imported beside a CPU-only torch build.

The registry's torchvision carries operators compiled against the CUDA build of torch.  Beside a
CPU-only torch they fail to load, and torchvision then stops at the missing schemas of ``nms`` and
``qnms``.  Declaring the two schemas is enough: nothing here ever calls them.
"""

import importlib.util
from pathlib import Path

import torch

_NMS = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
_library = None


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
