"""Who is in the picture: another person, several, one upside down, one that is hard to see."""

import numpy as np
import pytest

from core.face.columns import SIDED, SIDES
from core.face.cuts import SceneCuts
from core.face.landmarks import Face
from core.face.pose import focal_length
from core.face.series import measure_video
from core.face.sharpness import sharpness
from core.face.tracking import FaceTracker
from core.face.units import load_estimators
from core.face.units.sides import estimate_sides
from core.facs import UNITS
from tests.core.face.film import film


def scene(portrait, *placed, height=360, width=640) -> np.ndarray:
    """Faces of the gallery, (name, side, left, top), on grey."""
    from PIL import Image

    picture = np.full((height, width, 3), 128, np.uint8)
    for name, side, left, top in placed:
        face = np.asarray(Image.fromarray(portrait[name]).resize((side, side)))
        picture[top : top + side, left : left + side] = face
    return picture


def see(landmarker, pictures, **more):
    tracker = FaceTracker(landmarker, **more)
    return [tracker.see(picture) for picture in pictures]


A, B = "men-dark-neutral.png", "women-fair-neutral.png"


def test_another_person_in_the_same_place_is_another_track(landmarker, portrait):
    first = scene(portrait, (A, 300, 160, 30))
    second = scene(portrait, (B, 300, 160, 30))
    seen = see(landmarker, [first] * 4 + [second] * 4)
    assert [each.track for each in seen] == [0] * 4 + [1] * 4
    assert not any(each.cut for each in seen)  # the room stayed the same
    elsewhere = scene(portrait, (B, 300, 160, 30))
    elsewhere[elsewhere == 128] = 30
    seen = see(landmarker, [first] * 4 + [elsewhere] * 4)
    assert [each.cut for each in seen] == [False] * 4 + [True] + [False] * 3


def test_a_second_person_taken_up_elsewhere_is_another_track(landmarker, portrait):
    both = scene(portrait, (A, 260, 0, 50), (B, 240, 390, 60))
    one = scene(portrait, (B, 240, 390, 60))
    seen = see(landmarker, [both] * 3 + [one] * 3)
    assert [each.track for each in seen] == [0] * 3 + [1] * 3
    assert [each.faces for each in seen] == [2] * 3 + [1] * 3


def test_a_face_that_is_hidden_for_a_moment_stays_the_same_track(landmarker, portrait):
    there = scene(portrait, (A, 200, 200, 80))
    hidden = there.copy()
    hidden[110:260, 230:370] = 128
    seen = see(landmarker, [there] * 3 + [hidden] * 4 + [there] * 3)
    assert [each.face is not None for each in seen] == [True] * 3 + [False] * 4 + [True] * 3
    assert {each.track for each in seen} == {0}


def test_small_faces_are_still_counted_after_the_first_count(landmarker, portrait):
    crowd = [(name, 150, 40 + 300 * column, 20 + 240 * row)
             for row, names in enumerate([(A, B, A), (B, A, B)])
             for column, name in enumerate(names)]  # fmt: skip
    picture = scene(portrait, *crowd, height=540, width=960)
    seen = see(landmarker, [picture] * 9, recount=2)
    assert [each.faces for each in seen] == [6] * 9


def test_who_leaves_is_counted_out(landmarker, portrait):
    both = scene(portrait, (A, 260, 0, 50), (B, 120, 450, 60))
    one = scene(portrait, (A, 260, 0, 50))
    seen = see(landmarker, [both] * 4 + [one] * 4, recount=2)
    assert [seen[0].faces, seen[-1].faces] == [2, 1]


def test_movement_is_no_cut_and_another_picture_is_one():
    rng = np.random.default_rng(0)
    texture = np.kron(rng.integers(90, 170, (18, 32, 3)), np.ones((10, 10, 1))).astype(np.uint8)
    other = 255 - texture // 2
    cuts = SceneCuts()
    told = [cuts.begins(np.roll(texture, 2 * step, axis=1)) for step in range(8)]
    assert told == [False] * 8
    assert [cuts.begins(picture) for picture in (other, other)] == [True, False]
    assert not SceneCuts().begins(np.zeros((2, 3, 3), np.uint8))


def test_an_upside_down_face_is_measured_like_an_upright_one_and_told(tmp_path, small):
    smiling, calm, _ = small
    pictures = [np.pad(calm, ((40, 40), (60, 60), (0, 0)), mode="edge")] * 3
    pictures += [np.pad(smiling, ((40, 40), (60, 60), (0, 0)), mode="edge")] * 3
    upright = measure_video(film(tmp_path / "up.mp4", pictures))
    hanging = [np.ascontiguousarray(picture[::-1, ::-1]) for picture in pictures]
    turned = measure_video(film(tmp_path / "down.mp4", hanging))
    assert (upright.ledger.upside_down, turned.ledger.upside_down) == (0, 6)
    assert any("upside down" in line for line in turned.ledger.remarks())
    shapes = [name for name in upright.table if name.startswith("blendshape_")]
    difference = (upright.table[shapes] - turned.table[shapes]).abs()
    assert difference.to_numpy().max() < 0.25 and difference.to_numpy().mean() < 0.02
    assert np.allclose(upright.table["face_width"], turned.table["face_width"], rtol=0.03)


class Doubtful:
    """A landmarker that is never more than 30 percent sure of its one face."""

    def __init__(self) -> None:
        points = np.random.default_rng(0).uniform(100, 200, (478, 3)).astype(np.float32)
        self.face = Face(points, None, 0.3)

    def measure(self, picture, region):
        return self.face

    def find(self, picture, *, thorough=False, least=0.5):
        return [self.face] if self.face.presence >= least else []

    def detect(self, picture):
        return []


@pytest.mark.parametrize(("cutoff", "there"), [(0.5, False), (0.31, False), (0.3, True), (0, True)])
def test_a_cut_off_below_the_usual_lets_uncertain_faces_through(cutoff, there):
    seen = see(Doubtful(), [np.zeros((300, 300, 3), np.uint8)] * 3, cutoff=cutoff)
    assert [each.face is not None for each in seen] == [there] * 3
    assert {each.presence for each in seen} == {0.3}


@pytest.mark.parametrize(
    ("height", "width", "pixels"), [(480, 640, 500.0), (1080, 1920, 1312.5), (360, 640, 437.5)]
)
def test_the_focal_length_is_the_one_openface_assumes(height, width, pixels):
    assert focal_length(height, width) == pytest.approx(pixels)


def test_sides_swap_in_a_mirror_and_their_mean_is_the_unit(tmp_path, portrait):
    from core import checkpoints

    if not checkpoints.cards("action-units"):
        pytest.skip("the weights of the action units are not here")
    face = portrait["women-fair-happy.png"].copy()
    crooked = face.copy()
    crooked[250:330, 192:300] = portrait["women-fair-neutral.png"][250:330, 192:300]
    one = measure_video(film(tmp_path / "one.mp4", [crooked] * 2), emotions=False).table.iloc[1]
    mirrored = np.ascontiguousarray(crooked[:, ::-1])
    other = measure_video(film(tmp_path / "two.mp4", [mirrored] * 2), emotions=False).table.iloc[1]
    assert one["AU12_right"] > one["AU12_left"] + 0.3  # the person's left, the picture's right
    for unit in SIDED:
        assert one[f"{unit}_left"] == pytest.approx(other[f"{unit}_right"], abs=0.35)
        sides = [one[f"{unit}_{side}"] for side in ("left", "right")]
        if min(sides) > 0 and max(sides) < 5:
            assert np.mean(sides) == pytest.approx(one[unit], abs=1e-5)


def test_a_symmetrical_face_has_equal_sides():
    from core import checkpoints
    from core.face.units.alignment import mirror, reference

    if not checkpoints.cards("action-units"):
        pytest.skip("the weights of the action units are not here")
    import pandas as pd

    iris = np.repeat(reference()[[133, 362]], 5, axis=0)
    face = np.concatenate([reference(), iris])[None]
    even = (face + mirror(face)) / 2 * (1, -1, -1) * 10 + 200
    units = pd.DataFrame(np.full((1, 17), 2.0), columns=list(UNITS))
    shapes = np.full((1, 52), 0.3, np.float32)
    sides = estimate_sides(even, shapes, units, estimators=load_estimators())
    assert list(sides) == list(SIDES) and np.allclose(sides, 2.0, atol=0.05)


def test_a_blurred_or_enlarged_face_is_less_sharp_and_light_does_not_count(portrait):
    from PIL import Image, ImageFilter

    face = Image.fromarray(portrait[A]).convert("L").resize((112, 112))
    soft = face.filter(ImageFilter.GaussianBlur(3))
    enlarged = face.resize((28, 28)).resize((112, 112), Image.Resampling.BILINEAR)
    dim = face.point(lambda level: level // 2 + 10)
    grey = Image.new("L", (112, 112), 90)
    crisp, blurred, small, dark, flat = sharpness(
        np.stack([np.asarray(each) for each in (face, soft, enlarged, dim, grey)])
    )
    assert blurred < 0.5 * crisp and small < 0.5 * crisp
    assert dark == pytest.approx(crisp, rel=0.1) and np.isnan(flat)
