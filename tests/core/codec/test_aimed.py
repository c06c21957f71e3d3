"""An encoder that looks at its classifier: its files are files like any other, and more is read."""

import copy

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from core.codec import aimed
from core.codec.aimed import Aim, aimed_latents, encode_aimed
from core.codec.file_format import decode, pack
from core.codec.latents import analyse, quantise, synthesise
from core.codec.pictures import to_tensor
from core.codec.refined import Refined
from core.errors import InputError

STRONG = Aim(gamma=20.0, steps=12, rate=0.2)


@pytest.fixture
def classifier():
    """Seven linear looks at a face, steep enough that coding changes what is read."""
    draw = torch.Generator().manual_seed(0)
    weights = torch.randn(7, 3 * 8 * 8, generator=draw)

    def read(x):
        coarse = F.adaptive_avg_pool2d(x.float(), 8).flatten(1)
        return (coarse - 0.5) @ weights.T

    return read


def divergence(classifier, x, latents, codec) -> float:
    target = classifier(x).softmax(1)
    said = classifier(synthesise(codec, latents)).log_softmax(1)
    return float((target * (target.log() - said)).sum())


def test_its_file_decodes_with_the_codec_as_it_is(baseline, picture, classifier):
    codec, fingerprint = baseline
    file = encode_aimed(codec, fingerprint, picture, 40, [classifier], STRONG)
    latents = aimed_latents(codec, to_tensor(picture), [40], [classifier], STRONG)
    decoded = decode(codec, fingerprint, file.payload)
    again = (synthesise(codec, latents)[0] * 255).round().permute(1, 2, 0).numpy()
    assert np.abs(decoded.astype(int) - again).max() <= 1
    assert file.payload == pack(codec, fingerprint, latents[0]).payload


def test_the_classifier_reads_more_of_the_original(baseline, picture, classifier):
    codec = copy.deepcopy(baseline[0])  # untrained, it draws next to nothing: let it draw
    codec.net.g_s[-1].weight *= 30
    codec.net.g_s[-1].bias.fill_(0.5)
    x = to_tensor(picture)
    plain = quantise(codec, analyse(codec, picture), [40])
    aimed = aimed_latents(codec, x, [40], [classifier], STRONG)
    assert (aimed[0].y != plain[0].y).any() and (aimed[0].z == plain[0].z).all()
    before, after = (divergence(classifier, x, each, codec) for each in (plain, aimed))
    assert after < 0.7 * before


def test_without_steps_the_file_is_the_plain_one(baseline, picture, classifier):
    codec, fingerprint = baseline
    plain = pack(codec, fingerprint, quantise(codec, analyse(codec, picture), [40])[0])
    file = encode_aimed(codec, fingerprint, picture, 40, [classifier], Aim(steps=0))
    assert file.payload == plain.payload


def test_pictures_of_a_batch_have_qualities_of_their_own(baseline, picture, classifier):
    codec, _ = baseline
    x = to_tensor(picture).repeat(2, 1, 1, 1)
    found = aimed_latents(codec, x, [0, 200], [classifier], Aim(steps=2))
    assert [each.quality_index for each in found] == [0, 200]
    assert np.abs(found[1].y).sum() > np.abs(found[0].y).sum()


def test_an_odd_size_is_coded_at_its_size(baseline, picture_of, classifier):
    codec, fingerprint = baseline
    odd = picture_of(50, 71)
    file = encode_aimed(codec, fingerprint, odd, 40, [classifier], Aim(steps=2, views=True))
    assert decode(codec, fingerprint, file.payload).shape == (50, 71, 3)


def test_a_changed_byte_is_refused_as_in_any_file(baseline, picture, classifier):
    codec, fingerprint = baseline
    file = bytearray(encode_aimed(codec, fingerprint, picture, 40, [classifier], STRONG).payload)
    for at in (0, 2, len(file) // 2, len(file) - 1):
        changed = bytearray(file)
        changed[at] ^= 0x10
        with pytest.raises(InputError):
            decode(codec, fingerprint, bytes(changed))


def test_the_weights_stay_as_they_are(baseline, picture, classifier):
    codec, fingerprint = baseline
    before = [p.clone() for p in codec.parameters()]
    encode_aimed(codec, fingerprint, picture, 40, [classifier], Aim(steps=2))
    assert all(p.grad is None for p in codec.parameters())
    assert all(torch.equal(a, b) for a, b in zip(before, codec.parameters(), strict=True))


def test_it_says_how_far_it_is_and_can_be_cancelled(baseline, picture, classifier):
    codec, fingerprint = baseline
    seen = []

    def progress(done, total, text):
        seen.append((done, total))
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        encode_aimed(codec, fingerprint, picture, 40, [classifier], Aim(steps=9), progress)
    assert seen == [(1, 9), (2, 9), (3, 9)]


def test_the_same_seed_makes_the_same_file(baseline, picture, classifier):
    codec, fingerprint = baseline
    files = {
        encode_aimed(
            codec, fingerprint, picture, 40, [classifier], Aim(steps=4, views=True)
        ).payload
        for _ in range(2)
    }
    assert len(files) == 1


def test_the_bits_that_are_expected_under_noise_are_about_those_of_the_whole_numbers(
    baseline, picture
):
    codec, _ = baseline
    analysis = analyse(codec, picture)
    refined = Refined(codec, [analysis], quantise(codec, analysis, [200]))
    draw = torch.Generator().manual_seed(0)
    state = refined.state(True, None, draw)
    with torch.no_grad():
        expected, counted = refined.expected_bits(state, None, draw), refined.bits(state)
    assert float(expected) == pytest.approx(float(counted), rel=0.2)


def test_annealed_rounding_cools_by_equal_parts_from_its_first_temperature_to_its_last():
    warmths = [aimed._warmth(part) for part in (0.0, 0.5, 1.0)]
    assert (warmths[0], warmths[2]) == pytest.approx(aimed._WARMTH)
    assert warmths[1] ** 2 == pytest.approx(warmths[0] * warmths[2])
    assert warmths[0] > warmths[1] > warmths[2] > 0
