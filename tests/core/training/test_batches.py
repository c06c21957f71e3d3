"""Batches of faces and of photograph crops, made where they are used."""

import numpy as np
import pytest
import torch
from PIL import Image

from core.data.faces import at_face_size
from core.data.photographs import Photographs
from core.errors import InputError
from core.training.augmentation import augment, mix
from core.training.batches import FaceBatches, at_face_size_on, enlarged
from core.training.coded_faces import code_round, output_of_classical
from core.training.crops import PhotographCrops, _Draw
from core.training.material import prepare
from core.training.randomness import Purpose, number_of
from core.training.settings import ClassicalConfig


def noise(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)


def test_faces_are_enlarged_as_by_pillow():
    smooth = np.stack(
        [np.asarray(Image.fromarray(noise(6, 6, seed=n)).resize((48, 48))) for n in range(5)]
    )
    for pixels in (smooth, noise(3, 48, 48), noise(2, 40, 40, 3), noise(2, 64, 64)):
        cpu = torch.device("cpu")
        theirs = at_face_size(pixels).astype(int)
        assert np.array_equal(at_face_size_on(pixels, cpu).numpy(), theirs)
        mine = enlarged(pixels, cpu).numpy().astype(int)
        assert mine.shape == theirs.shape and np.abs(mine - theirs).max() <= 1


def test_every_face_is_seen_once_before_any_is_seen_again(faces):
    batches = FaceBatches(faces.split("train"))
    seen = torch.cat([batches(step, 7, seed=3).places for step in range(4)])
    assert sorted(seen[:14].tolist()) == list(range(14)) == sorted(seen[14:].tolist())
    assert seen[:14].tolist() != seen[14:].tolist()


def test_a_batch_follows_from_its_step_and_tells_what_it_mirrored(faces):
    batches = FaceBatches(faces.split("train"))
    first, again = batches(5, 6, seed=1), FaceBatches(faces.split("train"))(5, 6, seed=1)
    assert torch.equal(first.x, again.x) and torch.equal(first.mirrored, again.mirrored)
    plain = at_face_size(faces.split("train").pixels)[first.places] / np.float32(255)
    for x, turned, wanted in zip(first.x, first.mirrored, plain, strict=True):
        wanted = torch.from_numpy(wanted[:, ::-1].copy() if turned else wanted)
        assert torch.allclose(x[0], wanted, atol=1.01 / 255)
    turned = torch.cat([batches(step, 14, seed=0).mirrored for step in range(20)])
    assert 0.3 < turned.float().mean() < 0.7
    assert not batches(0, 14, seed=0, mirrored=False).mirrored.any()


def test_faces_without_votes_keep_their_label(faces):
    train = faces.split("train")
    shares = np.full((len(train), 7), np.nan)
    shares[0] = [0.5, 0.5, 0, 0, 0, 0, 0]
    batch = FaceBatches(train, shares=shares)(0, 14, seed=0)
    place = batch.places.tolist().index(0)
    assert batch.shares[place].tolist() == [0.5, 0.5, 0, 0, 0, 0, 0]
    rest = [n for n in range(14) if n != place]
    assert torch.equal(batch.shares[rest].argmax(dim=1), batch.labels[rest])


def test_a_batch_of_more_faces_than_there_are_is_refused(faces):
    with pytest.raises(InputError, match="only 14"):
        FaceBatches(faces.split("train")).check(15)


def test_the_test_split_is_not_in_the_material(faces):
    material = prepare(faces)
    assert len(material.train) == 14 and set(material.val.splits) == {"val"}


def ramp(height, width):
    """A picture whose pixels tell where they are: red the row, green the column."""
    rows, columns = np.mgrid[:height, :width]
    return np.stack([rows, columns, np.zeros_like(rows)], axis=-1).astype(np.uint8)


def test_a_crop_is_cut_out_of_a_picture_pixel_by_pixel(monkeypatch):
    monkeypatch.setattr("core.training.crops._recolour", lambda x, draw: x)
    monkeypatch.setattr("core.training.crops._COMPOSED", 0.0)
    crops = PhotographCrops(Photographs((ramp(80, 88),), ("a",)))
    x = (crops(0, 16, 64, seed=0) * 255).round().long()
    for crop in x:
        red, green = crop[0], crop[1]
        if (red[0] == red[0, 0]).all():  # not turned
            assert (green[:, 0] == green[0, 0]).all()
        else:
            red, green = green, red
        steps = [values.diff(dim=1).unique().tolist() for values in (red.T, green)]
        assert steps[0] in ([1], [-1]) and steps[1] in ([1], [-1])


def test_crops_follow_from_the_step_and_stay_in_range():
    pictures = Photographs((noise(100, 150, 3), noise(256, 256, 3)), ("a", "b"))
    crops = PhotographCrops(pictures)
    first, again, other = crops(5, 3, 64, 1), crops(5, 3, 64, 1), crops(6, 3, 64, 1)
    assert torch.equal(first, again) and not torch.equal(first, other)
    assert first.shape == (3, 3, 64, 64) and first.min() >= 0 and first.max() <= 1
    assert crops.largest == 256 and crops(0, 2, 256, 0).shape == (2, 3, 256, 256)


def test_large_crops_come_from_large_pictures_alone():
    black, white = np.zeros((100, 150, 3), np.uint8), np.full((200, 200, 3), 255, np.uint8)
    crops = PhotographCrops(Photographs((black, white), ("a", "b")))
    cut = crops._cut(64, 128, _Draw(0, 0, 64, crops.device))
    assert (cut == 1).all()
    with pytest.raises(InputError, match="256"):
        crops(0, 1, 256, 0)
    with pytest.raises(InputError, match="64 pixels"):
        PhotographCrops(Photographs((black[:60],), ("a",)))


def test_streams_of_randomness_differ_by_purpose_and_step():
    numbers = {number_of(0, purpose, step) for purpose in Purpose for step in range(50)}
    assert len(numbers) == 50 * len(Purpose) and max(numbers) < 2**63


def test_augmentation_follows_from_its_generator():
    x = torch.rand(4, 1, 64, 64)
    first = augment(x, torch.Generator().manual_seed(3), 48)
    assert first.shape == (4, 1, 48, 48)
    assert torch.equal(first, augment(x, torch.Generator().manual_seed(3), 48))


def test_mixup_mixes_faces_and_labels_alike():
    x, shares = torch.rand(2, 1, 4, 4), torch.eye(2)
    mixed, labels = mix(x, shares, 0.75, torch.tensor([1, 0]))
    assert torch.allclose(mixed[0], 0.75 * x[0] + 0.25 * x[1])
    assert labels.tolist() == [[0.75, 0.25], [0.25, 0.75]]


def test_faces_coded_in_sheets_come_back_in_their_own_places(faces):
    train = faces.split("train")
    decoded = code_round("jpeg", train, False, np.random.default_rng(0))
    original = at_face_size(train.pixels).astype(int)
    assert decoded.shape == original.shape and decoded.dtype == np.uint8
    error = np.abs(decoded[:, None] - original[None]).mean(axis=(2, 3))
    means = original.mean(axis=(1, 2))
    for place, row in enumerate(error):
        alike = np.abs(means - means[place]) < 12  # faces of one class
        assert alike[row.argmin()]


def test_coded_faces_are_kept_and_follow_the_mirroring(faces, tmp_path, monkeypatch):
    monkeypatch.setenv("EXPRESSRATE_STATE", str(tmp_path))
    config = ClassicalConfig(faces=4, rounds=2)
    coded = output_of_classical("jpeg", faces, config)
    assert len(list((tmp_path / "coded-faces").glob("jpeg-*.npy"))) == 2
    monkeypatch.setattr("core.training.coded_faces.code_round", None)
    coded = output_of_classical("jpeg", faces, config)
    batches = FaceBatches(faces.split("train"))
    for step in range(3):
        batch = batches(step, 4, 0)
        x_hat, weight = coded(step, batch)
        assert x_hat.shape == batch.x.shape and weight.tolist() == [1, 1, 1, 1]
        assert (x_hat - batch.x).abs().mean() < 0.2
