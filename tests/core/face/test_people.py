"""Who is in the picture: another person, several, one upside down, one that is hard to see."""

import numpy as np
import pandas as pd
import pytest

from core.face.columns import SIDED, SIDES
from core.face.cuts import SceneCuts
from core.face.landmarks import BLENDSHAPES, Face
from core.face.pose import focal_length
from core.face.series import measure_video
from core.face.sharpness import sharpness
from core.face.tracking import FaceTracker
from core.face.units.features import mirror_blendshapes
from core.face.units.sides import estimate_sides
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


def test_sides_of_a_crooked_smile_swap_in_a_mirror(landmarker, portrait):
    face = portrait["women-fair-happy.png"].copy()
    face[250:330, 192:300] = portrait["women-fair-neutral.png"][250:330, 192:300]
    units = pd.DataFrame({"AU02": [1.0], "AU12": [2.0]})
    one, other = (
        estimate_sides(landmarker.find(picture)[0].blendshapes[None], units).iloc[0]
        for picture in (face, np.ascontiguousarray(face[:, ::-1]))
    )
    assert list(one.index) == list(SIDES)
    assert one["AU12_right"] > one["AU12_left"] + 0.3  # calm on the picture's right: the left side
    assert one["AU12_left"] == pytest.approx(other["AU12_right"], abs=0.5)


def test_every_units_sides_swap_in_a_mirror():
    rng = np.random.default_rng(0)
    shapes = rng.random((30, 52), np.float32)
    units = pd.DataFrame({unit: rng.uniform(0, 5, 30) for unit in SIDED})
    one, other = (estimate_sides(s, units) for s in (shapes, shapes[:, mirror_blendshapes()]))
    for unit in SIDED:
        assert np.allclose(one[f"{unit}_left"], other[f"{unit}_right"])
        assert not np.allclose(one[f"{unit}_left"], one[f"{unit}_right"])


@pytest.mark.parametrize(("left", "right", "sides"), [
    (0.3, 0.3, (2.0, 2.0)), (0.4, 0.3, (2.568, 1.432)), (0.9, 0.0, (5.0, 0.0)),
])  # fmt: skip
def test_the_mean_of_two_sides_is_the_unit_within_the_scale(left, right, sides):
    shapes = np.zeros((1, 52), np.float32)
    shapes[0, BLENDSHAPES.index("mouthSmileLeft")] = left
    shapes[0, BLENDSHAPES.index("mouthSmileRight")] = right
    found = estimate_sides(shapes, pd.DataFrame({"AU02": [1.0], "AU12": [2.0]})).iloc[0]
    assert tuple(found[["AU12_left", "AU12_right"]]) == pytest.approx(sides, abs=0.01)
    assert found["AU02_left"] == found["AU02_right"] == pytest.approx(1.0)


@pytest.mark.slow
@pytest.mark.parametrize(("unit", "shape", "least"), [
    ("AU12", "mouthSmile", 0.85), ("AU02", "browOuterUp", 0.5),
])  # fmt: skip
def test_the_sides_of_rendered_people_follow_the_known_ones(landmarker, data, unit, shape, least):
    from core.synthetic.morphable import Scene, load_morphable, make_person, render

    model, rng = load_morphable(data), np.random.default_rng(3)
    known, told = [], []
    for number in range(16):
        left, right = rng.uniform(0, 1, 2)
        scene = Scene(yaw=0.1 * rng.normal(), place=(0.5, 0.52), size=0.62, backdrop=number)
        weights = model.weight(**{f"{shape}_L": left, f"{shape}_R": right})
        picture = render(model, make_person(model, 300 + number), weights, scene)
        shapes = landmarker.find(picture)[0].blendshapes[None]
        sides = estimate_sides(shapes, pd.DataFrame({key: [2.5] for key in SIDED})).iloc[0]
        known.append(left - right)
        told.append(sides[f"{unit}_left"] - sides[f"{unit}_right"])
    assert np.corrcoef(known, told)[0, 1] > least


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
