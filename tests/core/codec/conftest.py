import numpy as np
import pytest
import torch

from core import checkpoints
from core.checkpoints import Card
from core.codec.file_format import encode, unpack
from core.codec.loading import load_codec
from core.codec.network import VariableRateCodec


def small_codec(seed: int) -> VariableRateCodec:
    """An untrained codec whose latents are large enough to use tables and escapes alike."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        codec = VariableRateCodec(N=16, M=24).eval().requires_grad_(False)
    codec.net.g_a[-1].weight *= 20
    codec.net.h_a[-1].weight *= 30
    codec.net.h_s[-1].bias[:24] += 0.2
    return codec


def card(id: str) -> Card:
    return Card(
        id=id,
        kind="codec",
        method="baseline",
        architecture={"N": 16, "M": 24},
        config={},
        seed=0,
        data="none",
        command="none",
        version="0",
    )


@pytest.fixture(scope="session")
def shelf(tmp_path_factory):
    """A folder with the checkpoints ``baseline`` and ``other``, both untrained."""
    folder = tmp_path_factory.mktemp("checkpoints")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPRESSRATE_CHECKPOINTS", str(folder))
        checkpoints.save(small_codec(0), card("baseline"))
        checkpoints.save(small_codec(1), card("other"))
    return folder


@pytest.fixture
def checkpoint_folder(shelf, monkeypatch):
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(shelf))
    return shelf


@pytest.fixture(scope="session")
def baseline(shelf):
    """The small codec and its fingerprint."""
    return _loaded(shelf, "baseline")


@pytest.fixture(scope="session")
def other(shelf):
    return _loaded(shelf, "other")


def _loaded(shelf, id):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPRESSRATE_CHECKPOINTS", str(shelf))
        codec, described = load_codec(id)
    return codec, described.fingerprint


@pytest.fixture(scope="session")
def picture():
    """A smooth picture with some noise, 64x64."""
    return make_picture(64, 64)


def make_picture(height: int, width: int) -> np.ndarray:
    rng = np.random.default_rng(height * 5000 + width)
    rows, columns = np.mgrid[:height, :width]
    waves = [np.sin(rows / a + columns / b) for a, b in ((9, 14), (5, 30), (21, 6))]
    noise = rng.normal(0, 8, (height, width, 3))
    return (127 + 80 * np.stack(waves, axis=-1) + noise).clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="session")
def picture_of():
    return make_picture


@pytest.fixture(scope="module")
def coded(baseline, picture):
    codec, fingerprint = baseline
    return encode(codec, fingerprint, picture, 200)


@pytest.fixture(scope="module")
def symbols(baseline, coded):
    latents = unpack(*baseline, coded.payload)
    return latents.z.astype("<i4").tobytes() + latents.y.astype("<i4").tobytes()
