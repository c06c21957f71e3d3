"""The codec before its first step: nearly invertible, and silent where a channel would not be heard."""

import pytest
import torch
import torch.nn.functional as F

from core.codec.network import GAIN_MAX, KNOTS, VariableRateCodec, bits_per_pixel
from core.training.pca_init import start_from_components


@pytest.fixture(scope="module")
def pictures():
    noise = torch.rand(16, 3, 18, 18, generator=torch.Generator().manual_seed(0))
    return F.interpolate(noise, (64, 64), mode="bicubic").clamp(0, 1)


@pytest.fixture(scope="module")
def codec(pictures):
    torch.manual_seed(0)
    made = VariableRateCodec(48, 96).eval()
    start_from_components(made, pictures)
    return made


def psnr(x_hat, x):
    return float(-10 * torch.log10((x_hat - x).square().mean()))


@torch.no_grad()
def test_unquantised_pictures_come_back(codec, pictures):
    y, _ = codec.analyse(pictures)
    assert psnr(codec.synthesise(y), pictures) > 30
    torch.manual_seed(0)
    random = VariableRateCodec(48, 96).eval()
    assert psnr(random.synthesise(random.analyse(pictures)[0]), pictures) < 15


@torch.no_grad()
def test_quality_buys_fidelity_from_the_first_step_on(codec, pictures):
    found = []
    for quality in (0.0, 0.5, 1.0):
        made = codec(pictures, torch.full((16,), quality))
        rate = bits_per_pixel(made["likelihoods"], 64 * 64).mean()
        found.append((float(rate), psnr(made["x_hat"], pictures)))
    assert found == sorted(found)
    assert found[2][1] > found[0][1] + 5


@torch.no_grad()
def test_weak_channels_are_off_at_low_rates_only(codec, pictures):
    shares = codec.channel_gains
    assert shares.shape == (KNOTS, 96) and (shares <= 0).all()
    assert (shares.diff(dim=0) >= 0).all()
    strong = codec.analyse(pictures)[0].std(dim=(0, 2, 3)).argmax()
    assert shares[-1, strong] > -0.01
    ends = codec.gains(torch.tensor([0.0, 1.0]))
    assert ends[1, strong] == pytest.approx(GAIN_MAX, rel=0.01)
    assert (ends[0] < ends[1]).all()
