"""Small faces and photographs for the tests of data and training."""

import numpy as np
import pytest
from PIL import Image

from core.data.faces import Faces
from tests.core.drawn_faces import drawn_faces


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
