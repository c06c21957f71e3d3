"""The morphable face, its renderer, the warped photographs and the sample clip."""

import av
import numpy as np
import pytest

from core.errors import InputError
from core.facs import UNITS
from core.synthetic.morphable import (
    Scene,
    degrade,
    load_morphable,
    make_person,
    perform_units,
    random_expression,
    random_scene,
    render,
    truth,
)
from core.synthetic.morphable.raster import rasterise, vertex_normals
from core.synthetic.sample import RATE, acted, write_sample
from tests.paths import DATA

wants_model = pytest.mark.skipif(
    not (DATA / "ict_facekit" / "ict_facekit.npz").is_file(), reason="wants the morphable face"
)


@pytest.fixture(scope="module")
def face():
    return load_morphable(DATA)


@pytest.fixture(scope="module")
def person(face):
    return make_person(face, 5)


def test_the_nearer_of_two_triangles_is_seen():
    points = np.array([[0, 0], [20, 0], [0, 20]] * 2, np.float32)
    depth = np.array([5, 5, 5, 3, 3, 3], np.float32)
    nearest = np.zeros((10, 10), np.float32)
    index, weights = rasterise(points, depth, np.array([[3, 4, 5], [0, 1, 2]], np.int32), nearest)
    assert (index == 0).all()
    assert np.allclose(weights.sum(2), 1, atol=1e-5) and np.allclose(nearest, 1 / 3)


def test_what_lies_behind_is_not_drawn_over():
    points = np.array([[0, 0], [20, 0], [0, 20]], np.float32)
    nearest = np.full((10, 10), 0.5, np.float32)
    index, _ = rasterise(
        points, np.full(3, 4, np.float32), np.array([[0, 1, 2]], np.int32), nearest
    )
    assert (index == -1).all() and (nearest == 0.5).all()


def test_weights_are_corrected_for_perspective():
    # the middle of the picture of an edge from depth 1 to depth 3 lies a quarter along the edge
    points = np.array([[0, -50], [10, -50], [5, 50]], np.float32)
    depth = np.array([1, 3, 1e6], np.float32)
    points[:, 0] += 0.5
    index, weights = rasterise(
        points, depth, np.array([[0, 1, 2]], np.int32), np.zeros((1, 12), np.float32)
    )
    at = weights[0, 5]
    assert index[0, 5] == 0
    assert at[1] / (at[0] + at[1]) == pytest.approx(0.25, abs=0.01)


def test_normals_of_a_plane_point_one_way():
    vertices = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]], np.float32)
    normals = vertex_normals(vertices, np.array([[0, 1, 2], [1, 3, 2]], np.int32))
    assert np.allclose(normals, [0, 0, 1])


def test_a_missing_model_is_named():
    with pytest.raises(InputError, match="does not exist"):
        load_morphable("/nowhere")


@wants_model
def test_blending_shells_are_never_drawn(face):
    drawn = np.union1d(face.triangles, face.lashes)
    assert not ((drawn >= 24999) & (drawn <= 25350)).any()


@wants_model
def test_the_same_seed_gives_the_same_pixels(face):
    def shot(seed):
        rng = np.random.default_rng(seed)
        someone = make_person(face, seed)
        picture = render(face, someone, random_expression(face, rng), random_scene(rng), 96, 128)
        return degrade(picture, rng)

    assert shot(1).shape == (96, 128, 3)
    assert (shot(1) == shot(1)).all()
    assert (shot(1) != shot(2)).any()


@wants_model
@pytest.mark.parametrize("unit", [unit for unit in UNITS if unit != "AU25"])
def test_a_performed_unit_is_the_truth(face, person, unit):
    found = truth(face, person.vertices, perform_units(face, {unit: 3.0}))
    assert found[list(UNITS).index(unit)] == pytest.approx(3.0, abs=1e-4)


@wants_model
def test_parted_lips_follow_the_jaw_and_a_closed_mouth_closes_them(face, person):
    at = list(UNITS).index("AU25")
    gaps = [truth(face, person.vertices, face.weight(jawOpen=w))[at] for w in (0, 0.2, 0.4)]
    closed = truth(face, person.vertices, face.weight(jawOpen=0.4, mouthClose=0.4))[at]
    assert gaps[0] == 0 and gaps[0] < gaps[1] < gaps[2] and closed < gaps[1]


@wants_model
def test_an_unknown_unit_or_shape_is_refused(face):
    with pytest.raises(ValueError, match="AU99"):
        perform_units(face, {"AU99": 1})
    with pytest.raises(ValueError, match="noSuchShape"):
        face.weight(noSuchShape=1)


@wants_model
def test_the_landmarker_finds_nearly_every_render(face):
    from core.face.landmarks import Landmarker

    landmarker, found = Landmarker(), 0
    for seed in range(300, 312):
        rng = np.random.default_rng(seed)
        someone = make_person(face, seed)
        picture = render(face, someone, random_expression(face, rng), random_scene(rng))
        found += bool(landmarker.find(degrade(picture, rng), thorough=True))
    assert found >= 11


@wants_model
def test_a_photograph_at_rest_is_left_nearly_as_it_is_and_a_jaw_drop_opens_it(face, person):
    from core.face.landmarks import Landmarker
    from core.synthetic.morphable.warp import fit_photo, landmark_vertices, warp

    landmarker = Landmarker()
    vertices = landmark_vertices(face, landmarker, people=2)
    rest = perform_units(face, {})
    picture = render(face, person, rest, Scene(size=0.7), 256, 256)
    photo = fit_photo(face, picture, landmarker.find(picture)[0].landmarks, vertices)
    still = warp(face, photo, rest, np.random.default_rng(0))
    opened = warp(face, photo, perform_units(face, {"AU26": 3}), np.random.default_rng(0))
    cheeks = (slice(150, 165), slice(85, 170))
    assert np.abs(still[cheeks].astype(int) - picture[cheeks]).mean() < 6
    gap = [np.ptp(landmarker.find(p)[0].landmarks[[13, 14], 1]) for p in (still, opened)]
    assert gap[1] > gap[0] + 4


def test_the_script_cries_before_it_laughs():
    crying, laughing = acted(3.4), acted(5.8)
    assert crying["AU04"] > 4 and crying["AU12"] == 0
    assert laughing["AU12"] > 4 and laughing["AU06"] > 4 and laughing["AU04"] == 0
    assert acted(0.7)["AU45"] == 5


@wants_model
def test_the_sample_clip_has_its_frames_and_its_truth(face, tmp_path):
    path = tmp_path / "sample.mp4"
    known = write_sample(face, path, seconds=0.2)
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(frames) == len(known) == int(0.2 * RATE)
    assert frames[0].shape == (480, 640, 3) and frames[0].std() > 20
    assert list(known.columns) == ["time", *UNITS]
    assert [p.name for p in tmp_path.iterdir()] == ["sample.mp4"]
