"""Natural motion and what comes before a face: small intensities, jaw and lips apart, covered shares."""

import numpy as np
import pytest

from core.face.landmarks import BLENDSHAPES
from core.facs import UNITS
from core.synthetic.morphable import Place, cover, film
from core.synthetic.morphable.film import filmed, motion_blur
from core.synthetic.morphable.occluders import KINDS
from core.synthetic.morphable.odd import close_up, drawing
from tests.paths import DATA

wants_model = pytest.mark.skipif(
    not (DATA / "ict_facekit" / "ict_facekit.npz").is_file(), reason="wants the morphable face"
)


@pytest.fixture
def picture():
    rng = np.random.default_rng(0)
    picture = np.full((128, 128, 3), 40, np.uint8)
    picture[24:104, 34:94] = (190, 150, 130)
    return (picture + rng.integers(0, 6, picture.shape)).astype(np.uint8)


PLACE = Place(64, 64, 60, 80)


@pytest.mark.parametrize("kind", KINDS)
def test_something_before_the_face_hides_the_share_that_is_told(picture, kind):
    shares = []
    for seed in range(12):
        covered, share = cover(picture, PLACE, np.random.default_rng(seed), kind)
        changed = np.abs(covered.astype(int) - picture).max(2) > 25
        face = PLACE.mask(128, 128)
        assert covered.shape == picture.shape and covered.dtype == np.uint8
        assert changed[face].mean() <= share + 0.15  # its edge is soft
        shares.append(share)
    assert 0 < np.max(shares) <= 1


def test_a_mask_hides_the_mouth_and_not_the_eyes(picture):
    covered, share = cover(picture, PLACE, np.random.default_rng(1), "mask")
    changed = np.abs(covered.astype(int) - picture).max(2) > 25
    assert changed[84:90, 54:74].mean() > 0.5 and changed[40:52, 44:84].mean() < 0.1
    assert 0.2 < share < 0.7


def test_the_place_of_a_face_turns_with_it():
    corners = np.array([[0.0, -1.0], [0.0, 1.0]])
    turned = Place(10, 20, 40, 60, np.pi / 2).to_picture(corners)
    assert np.allclose(turned, [(40, 20), (-20, 20)])


def test_motion_blur_smears_along_its_way_and_film_keeps_the_size(picture):
    dot = np.zeros((21, 21, 3), np.uint8)
    dot[10, 10] = 255
    smeared = motion_blur(dot, 6, 0)[..., 0]
    assert (smeared[10] > 0).sum() >= 5 and (smeared[:, 10] > 0).sum() == 1
    assert film(picture, np.random.default_rng(2)).shape == picture.shape


def test_a_film_of_low_quality_loses_more(picture):
    loss = [np.abs(filmed(picture, crf).astype(int) - picture).mean() for crf in (20, 45)]
    assert loss[0] < loss[1]


def test_drawings_and_close_ups_keep_the_size(picture):
    for seed in range(4):
        rng = np.random.default_rng(seed)
        assert drawing(picture, rng).shape == picture.shape
        near = close_up(picture, PLACE, rng)
        assert near.shape == picture.shape and near.mean() > picture.mean()


@wants_model
def test_half_of_natural_intensities_are_below_two_and_jaw_and_lips_part():
    from core.synthetic.morphable import load_morphable, make_person, natural_expression, truth

    face, rng = load_morphable(DATA), np.random.default_rng(0)
    motion = rng.beta(0.5, 3, (200, 52)).astype(np.float32)
    person = make_person(face, 3)
    shown = np.stack(
        [truth(face, person.vertices, natural_expression(face, motion, rng)) for _ in range(600)]
    )
    moved = shown[shown > 0.05]
    assert 0.45 < (moved < 2).mean() < 0.8
    lips, jaw = (shown[:, list(UNITS).index(unit)] for unit in ("AU25", "AU26"))
    assert np.corrcoef(lips, jaw)[0, 1] < 0.85
    assert ((jaw > 1) & (lips < 0.5)).any() and ((lips > 1) & (jaw < 0.5)).any()


@wants_model
def test_a_real_smile_is_put_on_the_face_with_its_sides():
    from core.synthetic.morphable import load_morphable
    from core.synthetic.morphable.natural import retarget

    face, shapes = load_morphable(DATA), np.zeros(52, np.float32)
    shapes[BLENDSHAPES.index("mouthSmileLeft")] = 0.6
    weights = dict(zip(face.shapes, retarget(face, shapes, np.random.default_rng(0)), strict=True))
    assert weights["mouthSmile_L"] > 0.5 and weights["mouthSmile_R"] == 0
    assert weights["browDown_L"] == 0


@wants_model
def test_the_two_sides_of_the_truth_follow_the_shapes():
    from core.synthetic.morphable import load_morphable, sides_truth

    face = load_morphable(DATA)
    both = sides_truth(face, face.weight(mouthSmile_L=0.8, jawOpen=0.4))
    assert np.allclose(both[list(UNITS).index("AU12")], (4, 0))
    assert np.allclose(both[list(UNITS).index("AU26")], (2, 2))
