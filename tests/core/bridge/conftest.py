import numpy as np
import pytest
import torch
from PIL import Image

from core import checkpoints
from core.bridge.passes import DriftSettings
from core.bridge.store import Store
from core.codec.network import VariableRateCodec
from core.face import bundle
from tests.core.face.film import film
from tests.paths import ROOT, finder_is_installed

FACES = ROOT / "checkpoints" / "gallery"
SIDE = 160


def portrait(name: str) -> np.ndarray:
    with Image.open(FACES / f"{name}.png") as picture:
        return np.asarray(picture.convert("RGB").resize((SIDE, SIDE)))


def blend(share: float, who: str = "women-fair") -> np.ndarray:
    """A face between calm (0) and smiling (1)."""
    mixed = (1 - share) * portrait(f"{who}-neutral") + share * portrait(f"{who}-happy").astype(
        float
    )
    return mixed.astype(np.uint8)


@pytest.fixture(scope="session", autouse=True)
def _finder():
    if not finder_is_installed():
        pytest.skip(f"the face landmarker is not installed ({bundle.INSTALL})")


@pytest.fixture(scope="session")
def clip(tmp_path_factory):
    """A calm face, nobody, a smiling face, a calm one: 8 frames of 160 x 160."""
    empty = np.full((SIDE, SIDE, 3), 225, np.uint8)
    pictures = [blend(0), blend(0.5), empty, blend(1), blend(1), blend(0.6), blend(0.2), blend(0)]
    return film(tmp_path_factory.mktemp("clips") / "smile.mp4", pictures)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    """A folder of checkpoints with one untrained codec and nothing else."""
    folder = tmp_path_factory.mktemp("checkpoints")
    torch.manual_seed(0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPRESSRATE_CHECKPOINTS", str(folder))
        shape = {"N": 8, "M": 12}
        card = checkpoints.Card("baseline", "codec", "baseline", shape, {}, 0, "", "", "0")
        checkpoints.save(VariableRateCodec(**shape), card)
    return folder


@pytest.fixture
def quick():
    """The least that is measured: no classifier."""
    return DriftSettings(emotions=False)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "work")
