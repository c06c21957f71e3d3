"""Alignment, measures and the estimators of action units."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from core import checkpoints
from core.face.landmarks import BLENDSHAPES
from core.face.units import Estimators, estimate_units
from core.face.units.alignment import CROP, align, crop, mirror, mirror_order, reference
from core.face.units.estimate import mapped_features, mirror_blendshapes, run_estimator
from core.face.units.measures import MEASURES, measure, plain, reads
from core.face.units.networks import AppearanceUnits, MappedUnits, MeasuredUnits, UnitNetworks
from core.facs import COMPOSITES, OTHER_UNITS, UNITS, unit_label
from tests.paths import DATA

wants_model = pytest.mark.skipif(
    not (DATA / "ict_facekit" / "ict_facekit.npz").is_file(), reason="wants the morphable face"
)


def canonical(frames=1):
    """The canonical face as landmarks in pixels, irises at its eyes."""
    mesh = reference() * (20, -20, -20) + (300, 240, 0)
    irises = np.concatenate([mesh[[159] * 5], mesh[[386] * 5]])
    return np.repeat(np.concatenate([mesh, irises])[None], frames, 0).astype(np.float32)


@pytest.fixture(scope="module")
def estimators():
    torch.manual_seed(0)
    networks = UnitNetworks(components=8, width=16, appearance=True, channels=4).eval()
    rng = np.random.default_rng(0)
    features = rng.normal(size=(40, 478 * 3 + 52)).astype(np.float32)
    networks.mapped.find_components(features)
    networks.measured.weight.normal_(0, 0.2)
    networks.measured.bias.fill_(2)
    chosen = dict(zip(UNITS, ["measured", "mapped", "appearance"] * 6, strict=False))
    return Estimators(networks, chosen, dict.fromkeys(UNITS, True), card=None)


def test_there_are_17_units_and_composites_are_made_of_them():
    assert len(UNITS) == 17 and list(UNITS) == sorted(UNITS)
    assert {unit for units in COMPOSITES.values() for unit in units} <= set(UNITS)
    assert not set(UNITS) & set(OTHER_UNITS)
    assert unit_label("AU12") == "AU12 lip corner puller" and unit_label("AU99") == "AU99"


def test_pose_place_and_size_are_taken_out():
    angle = 0.5
    turn = np.array(
        [[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]]
    )
    there = canonical()
    moved = (there @ turn.T * 1.7 + (40, -12, 5)).astype(np.float32)
    assert np.allclose(align(moved), align(there), atol=1e-3)
    assert np.allclose(align(there)[0, :468], reference(), atol=1e-3)


def test_a_mirrored_face_is_not_turned_inside_out_but_mirrored_back():
    face = canonical()
    face[0, 291, 1] -= 12  # one corner of the mouth up
    seen_in_mirror = face[:, mirror_order()] * (-1, 1, 1) + (600, 0, 0)
    assert np.allclose(align(seen_in_mirror), mirror(align(face)), atol=0.02)


def test_the_other_side_of_the_other_side_is_the_same_landmark():
    order, shapes = mirror_order(), mirror_blendshapes()
    assert (order[order] == np.arange(478)).all() and order[33] == 263 and order[61] == 291
    assert (shapes[shapes] == np.arange(52)).all()
    assert shapes[BLENDSHAPES.index("mouthSmileLeft")] == BLENDSHAPES.index("mouthSmileRight")


def test_measures_follow_what_they_name():
    rest, moved = canonical(), canonical()
    moved[0, [61, 291], 0] += (-10, 10)
    moved[0, [14, 87, 317], 1] += 20
    change = dict(zip(MEASURES, (measure(align(moved)) - measure(align(rest)))[0], strict=True))
    assert change["mouth width"] == pytest.approx(1.0, abs=0.01)
    assert change["lip gap"] == pytest.approx(1.0, abs=0.01)
    assert change["inner brow"] == pytest.approx(0, abs=1e-3)


def test_measures_do_not_tell_left_from_right():
    face = canonical() + np.random.default_rng(0).normal(0, 1, (1, 478, 3)).astype(np.float32)
    aligned = align(face)
    assert np.allclose(measure(aligned), measure(mirror(aligned)), atol=0.25)


def test_plain_blendshapes_are_scaled_to_intensities():
    shapes = np.zeros((1, 52), np.float32)
    shapes[0, BLENDSHAPES.index("mouthSmileLeft")] = 1
    units = dict(zip(UNITS, plain(shapes)[0], strict=True))
    assert units["AU12"] == 2.5 and sum(units.values()) == 2.5


def test_ridge_finds_a_map_of_the_features_a_unit_may_read():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(500, len(MEASURES) + 52)).astype(np.float32)
    allowed = reads()
    units = np.stack([x[:, np.flatnonzero(mask)[:2]] @ [1.0, -0.5] + 2 for mask in allowed], 1)
    network = MeasuredUnits()
    network.fit(x, units.astype(np.float32), ridge=1e-6)
    assert np.allclose(network(torch.from_numpy(x)).numpy(), units, atol=0.02)
    assert not network.weight.numpy()[~allowed].any()


def test_components_are_uncorrelated_and_of_unit_spread():
    rng = np.random.default_rng(2)
    x = (rng.normal(size=(300, 12)) @ rng.normal(size=(12, 478 * 3 + 52))).astype(np.float32)
    mapped = MappedUnits(6, 8)
    mapped.find_components(x)
    parts = ((torch.from_numpy(x) - mapped.mean) / mapped.spread) @ mapped.axes.T
    assert np.allclose(np.cov(parts.numpy().T), np.eye(6), atol=0.02)


def test_a_frame_without_a_face_is_nan_and_the_others_are_not_touched(estimators):
    landmarks, shapes = canonical(3), np.full((3, 52), 0.2, np.float32)
    crops = np.random.default_rng(0).integers(0, 255, (3, CROP, CROP), np.uint8)
    whole = estimate_units(landmarks, shapes, crops, estimators=estimators)
    landmarks[1] = np.nan
    holed = estimate_units(landmarks, shapes, crops, estimators=estimators)
    assert list(holed.columns) == list(UNITS)
    assert holed.iloc[1].isna().all() and not (holed.iloc[1] == 0).any()
    assert np.allclose(holed.iloc[[0, 2]], whole.iloc[[0, 2]], atol=1e-5)
    assert whole.to_numpy().min() >= 0 and whole.to_numpy().max() <= 5


def test_no_frames_give_no_rows(estimators):
    empty = estimate_units(np.empty((0, 478, 3)), np.empty((0, 52)), estimators=estimators)
    assert empty.shape == (0, 17)


def test_without_crops_the_landmarks_speak(estimators):
    landmarks, shapes = canonical(2), np.full((2, 52), 0.2, np.float32)
    units = estimate_units(landmarks, shapes, estimators=estimators)
    mapped = run_estimator(estimators.networks, "mapped", landmarks, shapes)
    at = list(estimators.chosen.values()).index("appearance")
    assert np.allclose(units.iloc[:, at], mapped[:, at])


def test_the_combined_estimator_is_the_mean_of_two(estimators):
    rng = np.random.default_rng(4)
    landmarks, shapes = canonical(2), rng.random((2, 52), np.float32)
    crops = rng.integers(0, 255, (2, CROP, CROP), np.uint8)
    mapped, appearance = (
        run_estimator(estimators.networks, name, landmarks, shapes, crops)
        for name in ("mapped", "appearance")
    )
    both = replace(estimators, chosen=dict.fromkeys(UNITS, "combined"))
    assert both.wants_crops
    found = estimate_units(landmarks, shapes, crops, estimators=both)
    assert np.allclose(found, (mapped + appearance) / 2, atol=1e-6)
    assert np.allclose(estimate_units(landmarks, shapes, estimators=both), mapped, atol=1e-6)


def test_a_mirrored_face_has_the_same_units(estimators):
    rng = np.random.default_rng(3)
    aligned = align(canonical() + rng.normal(0, 2, (1, 478, 3)).astype(np.float32))
    shapes = rng.random((1, 52), np.float32)
    one = mapped_features(aligned, shapes)
    other = mapped_features(mirror(aligned), shapes[:, mirror_blendshapes()])
    assert not np.allclose(one, other)
    crops = rng.integers(0, 255, (1, CROP, CROP), np.uint8)
    landmarks = canonical()
    plain_way, mirrored = (
        run_estimator(estimators.networks, "appearance", landmarks, shapes, c)
        for c in (crops, crops[:, :, ::-1])
    )
    assert np.allclose(plain_way, mirrored, atol=1e-5)


def test_light_and_contrast_do_not_change_what_the_appearance_network_sees():
    torch.manual_seed(0)
    network = AppearanceUnits(4).eval()
    crops = torch.rand(2, CROP, CROP) * 100
    assert torch.allclose(network(crops), network(crops * 2 + 30), atol=1e-3)


@pytest.mark.parametrize("shape", [(478, 3), (2, 468, 3)])
def test_landmarks_of_another_shape_are_refused(estimators, shape):
    with pytest.raises(ValueError, match="landmarks must be"):
        run_estimator(estimators.networks, "mapped", np.zeros(shape), np.zeros((2, 52)))


def test_blendshapes_of_another_count_are_refused(estimators):
    with pytest.raises(ValueError, match="blendshapes must be"):
        run_estimator(estimators.networks, "mapped", canonical(2), np.zeros((3, 52)))


def test_a_crop_is_level_and_follows_the_face():
    picture = np.zeros((480, 600, 3), np.uint8)
    face = canonical()[0]
    x, y = face[1, :2].astype(int)  # the tip of the nose
    picture[y - 4 : y + 5, x - 4 : x + 5] = 255
    first = crop(picture, face)
    second = crop(np.roll(picture, 50, axis=1), face + np.float32([50, 0, 0]))
    assert first.shape == (CROP, CROP) and first.max() > 200
    assert np.allclose(first, second)


@wants_model
@pytest.mark.skipif(not checkpoints.cards("action-units"), reason="wants the trained estimators")
def test_a_unit_swept_from_0_to_5_gives_a_rising_curve():
    from core.face.landmarks import Landmarker
    from core.face.units import load_estimators
    from core.synthetic.morphable import Scene, load_morphable, make_person, perform_units, render

    face, landmarker, estimators = load_morphable(DATA), Landmarker(), load_estimators()
    person, scene = make_person(face, 2_000_007), Scene(size=0.7)
    for unit in (u for u in ("AU04", "AU12", "AU26", "AU45") if estimators.validated[u]):
        curve = []
        for level in (0, 2.5, 5):
            picture = render(face, person, perform_units(face, {unit: level}), scene)
            found = landmarker.find(picture)[0]
            units = estimate_units(
                found.landmarks[None],
                found.blendshapes[None],
                crop(picture, found.landmarks)[None],
                estimators=estimators,
            )
            curve.append(units[unit].iloc[0])
        assert curve[0] < curve[1] < curve[2], (unit, curve)
