"""Small faces and photographs, made by a seeded generator."""

import numpy as np
import pytest
from PIL import Image

from core.recognition import EXPRESSIONS
from core.training.faces import Faces, _assemble


def drawn_faces(per_split: int = 14, seed: int = 0) -> Faces:
    """Faces whose class is the brightness of one half: easy to learn, cheap to make."""
    rng = np.random.default_rng(seed)
    pixels, labels, splits, names = [], [], [], []
    for split in ("train", "val", "test"):
        for number in range(per_split):
            label = number % len(EXPRESSIONS)
            face = rng.integers(0, 60, (48, 48))
            face[: 6 * (label + 1)] += 150
            pixels.append(face.astype(np.uint8))
            labels.append(label)
            splits.append(split)
            names.append(f"{split}_{number}.png")
    return _assemble(pixels, labels, splits, names, EXPRESSIONS)


@pytest.fixture
def faces() -> Faces:
    return drawn_faces()


@pytest.fixture
def photograph_folder(tmp_path):
    folder = tmp_path / "london"
    folder.mkdir()
    rng = np.random.default_rng(1)
    for person in (1, 2, 105, 130):
        coarse = rng.integers(0, 255, (8, 8, 3)).astype(np.uint8)
        Image.fromarray(coarse).resize((300, 360)).save(folder / f"{person:03d}_neutral.jpg")
    return folder
