"""What every training reads: faces on the device, faces to check on, crops of photographs."""

from dataclasses import dataclass

import numpy as np
import torch

from core.data.faces import Faces
from core.data.photographs import Photographs
from core.training.batches import FaceBatches
from core.training.crops import PhotographCrops


@dataclass(frozen=True, slots=True)
class Material:
    """Training faces and crops on ``device``; validation faces; what the faces are.

    ``crops`` is None for trainings that see no photographs.  The test split is not in here.
    """

    train: FaceBatches
    val: Faces
    crops: PhotographCrops | None
    fingerprint: str
    device: torch.device

    @property
    def classes(self) -> int:
        """How many expressions the faces have."""
        return len(self.val.classes)


def prepare(
    faces: Faces,
    photographs: Photographs | None = None,
    device: str = "cpu",
    shares: np.ndarray | None = None,
) -> Material:
    """Put cleaned ``faces`` and ``photographs`` where a training uses them.

    ``shares`` (n, classes) are the votes for all of ``faces``, NaN where there are none.
    """
    seen = faces.splits == "train"
    return Material(
        train=FaceBatches(faces[seen], device, None if shares is None else shares[seen]),
        val=faces.split("val"),
        crops=None if photographs is None else PhotographCrops(photographs, device),
        fingerprint=faces.fingerprint,
        device=torch.device(device),
    )
