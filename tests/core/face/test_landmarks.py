import re

import numpy as np
import pytest
from PIL import Image

from core.errors import InputError
from core.face import bundle
from core.face.bundle import FaceFinderMissing, canonical_face
from core.face.crop import crop_face, face_square
from core.face.detector import _anchors
from core.face.landmarks import BLENDSHAPES, find_faces
from core.face.pose import head_pose
from core.face.regions import Region, cut
from core.face.tracking import FaceTracker
from tests.paths import finder_is_installed

NEUTRAL, SMILING = "women-fair-neutral.png", "women-fair-happy.png"
EYES, MOUTH = [33, 133, 263, 362], [13, 14]


def smile(face) -> float:
    left, right = BLENDSHAPES.index("mouthSmileLeft"), BLENDSHAPES.index("mouthSmileRight")
    return float(face.blendshapes[[left, right]].mean())


@pytest.fixture(scope="module")
def neutral(landmarker, portrait):
    return landmarker.find(portrait[NEUTRAL])[0]


def test_a_missing_bundle_names_the_command_that_installs_it(monkeypatch):
    monkeypatch.delenv(bundle.VARIABLE, raising=False)

    def absent(name):
        raise bundle.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(bundle.metadata, "distribution", absent)
    assert not finder_is_installed()
    with pytest.raises(FaceFinderMissing, match=re.escape(bundle.INSTALL)):
        bundle.locate()
    assert issubclass(FaceFinderMissing, InputError)


def test_a_bundle_that_was_changed_is_refused(landmarker, monkeypatch, tmp_path):
    changed = bytearray(bundle.locate().read_bytes())
    changed[1000] ^= 1
    (tmp_path / "copy.task").write_bytes(changed)
    monkeypatch.setenv(bundle.VARIABLE, str(tmp_path / "copy.task"))
    with pytest.raises(FaceFinderMissing, match="SHA-256"):
        bundle.contents.__wrapped__()


def test_another_copy_may_be_named(landmarker, monkeypatch, tmp_path):
    copy = tmp_path / "copy.task"
    copy.write_bytes(bundle.locate().read_bytes())
    monkeypatch.setenv(bundle.VARIABLE, str(copy))
    assert "face_detector.tflite" in bundle.contents.__wrapped__()
    monkeypatch.setenv(bundle.VARIABLE, str(tmp_path / "nothing.task"))
    with pytest.raises(FaceFinderMissing, match=r"nothing\.task"):
        bundle.locate()


def test_the_anchors_are_those_of_the_detector():
    anchors = _anchors()
    assert anchors.shape == (896, 2)
    assert anchors[0] == pytest.approx([1 / 32, 1 / 32])
    assert anchors[511] == pytest.approx([31 / 32, 31 / 32])
    assert anchors[-1] == pytest.approx([15 / 16, 15 / 16])


def test_every_composite_shows_one_face_with_eyes_above_the_mouth(landmarker, portrait):
    for name, picture in portrait.items():
        (face,) = find_faces(picture)
        assert face.presence > 0.9, name
        assert face.landmarks[EYES, 1].max() < face.landmarks[MOUTH, 1].min(), name
        left, top, right, bottom = face.box
        assert 150 < right - left < 300 and top > 30 and bottom < 384, name


def test_a_smile_raises_the_smile_blendshapes(landmarker, portrait):
    for name, picture in portrait.items():
        if name.endswith("-happy.png"):
            calm = landmarker.find(portrait[name.replace("happy", "neutral")])[0]
            assert smile(landmarker.find(picture)[0]) > smile(calm) + 0.3, name


def test_landmarks_move_with_the_picture(landmarker, portrait, neutral):
    wide = np.pad(portrait[NEUTRAL], ((40, 0), (90, 30), (0, 0)), mode="edge")
    moved = landmarker.find(wide)[0].landmarks[:, :2] - neutral.landmarks[:, :2]
    assert np.abs(moved - (90, 40)).mean() < 2.0


def test_a_picture_without_a_face_gives_an_empty_list(landmarker):
    noise = np.random.default_rng(0).integers(0, 255, (240, 320, 3), dtype=np.uint8)
    assert find_faces(noise) == []
    assert find_faces(np.zeros((1, 1, 3), np.uint8)) == []


def test_small_faces_of_a_large_picture_are_found_and_sorted_by_size(landmarker, portrait):
    scene = np.full((700, 1000, 3), 225, np.uint8)
    for side, x, y in ((220, 20, 300), (120, 500, 60), (300, 650, 350)):
        small = Image.fromarray(portrait[NEUTRAL]).resize((side, side), Image.Resampling.LANCZOS)
        scene[y : y + side, x : x + side] = np.asarray(small)
    faces = find_faces(scene)
    assert [round(face.centre[0], -2) for face in faces] == [800, 100, 600]


def test_a_cut_of_a_region_agrees_with_a_plain_slice():
    picture = np.random.default_rng(1).integers(0, 255, (60, 80, 3), dtype=np.uint8)
    same = cut(picture, Region(40, 30, 32), 32)
    assert np.abs(same - picture[14:46, 24:56]).max() < 0.05
    quarter = cut(picture, Region(40, 30, 32, np.pi / 2), 32)
    assert np.abs(quarter - np.rot90(picture[14:46, 24:56])).max() < 0.05


def test_a_region_maps_points_as_its_cut_maps_pixels():
    picture = np.zeros((100, 100, 3), np.uint8)
    picture[70, 30] = 255  # the pixel whose middle is (30.5, 70.5)
    region = Region(45, 60, 64, 0.4)
    row, column = np.unravel_index(cut(picture, region, 64)[..., 0].argmax(), (64, 64))
    point = region.to_picture(np.array([[(column + 0.5) / 64, (row + 0.5) / 64]]))[0]
    assert point == pytest.approx([30.5, 70.5], abs=0.8)


def test_a_turned_face_gives_the_same_level_crop(landmarker, portrait):
    level = crop_face(portrait[NEUTRAL], landmarker.find(portrait[NEUTRAL])[0])
    turned = Image.fromarray(portrait[NEUTRAL]).rotate(
        15, Image.Resampling.BICUBIC, fillcolor=(225, 229, 228)
    )
    again = np.asarray(turned)
    again = crop_face(again, landmarker.find(again)[0])
    assert level.shape == (64, 64, 3)
    assert np.abs(level.astype(float) - again).mean() < 8


def test_the_margin_widens_the_square(neutral):
    assert face_square(neutral, margin=0.25).side == pytest.approx(1.5 * face_square(neutral).side)


def test_the_pose_of_the_canonical_face_is_level_and_follows_a_turn(landmarker):
    face = canonical_face().vertices * (1, -1, -1) * 20 + (320, 240, 0)
    pose = head_pose(np.pad(face, ((0, 10), (0, 0))), 480, 640)
    assert pose.rotation == pytest.approx([0, 0, 0], abs=1e-6)
    assert pose.translation == pytest.approx([0, 0, 250], abs=1e-3)
    turn = np.array([[np.cos(0.3), -np.sin(0.3), 0], [np.sin(0.3), np.cos(0.3), 0], [0, 0, 1]])
    pose = head_pose(np.pad((face - (320, 240, 0)) @ turn.T, ((0, 10), (0, 0))), 480, 640)
    assert pose.rotation == pytest.approx([0, 0, 0.3], abs=1e-6)


def test_the_tracker_keeps_to_its_face_and_counts_the_others(landmarker, portrait):
    def scene(left: int, right: int) -> np.ndarray:
        picture = np.full((384, 800, 3), 225, np.uint8)
        for x, side in ((20, left), (440, right)):
            small = Image.fromarray(portrait[NEUTRAL]).resize((side, side))
            picture[:side, x : x + side] = np.asarray(small)
        return picture

    tracker = FaceTracker(landmarker, recount=2)
    first = tracker.see(scene(340, 240))
    assert first.detected and first.faces == 2 and first.face.centre[0] < 400
    assert not tracker.see(scene(340, 240)).detected
    later = [tracker.see(scene(240, 340)) for _ in range(3)]
    assert all(sighting.face.centre[0] < 400 for sighting in later)


def test_the_tracker_reports_a_face_that_leaves_and_finds_it_again(landmarker, portrait):
    tracker = FaceTracker(landmarker)
    here, gone = portrait[NEUTRAL], np.full_like(portrait[NEUTRAL], 225)
    seen = [tracker.see(picture) for picture in (here, here, gone, gone, here)]
    assert [sighting.face is not None for sighting in seen] == [True, True, False, False, True]
    assert [sighting.faces for sighting in seen] == [1, 1, 0, 0, 1]


def test_the_people_of_the_group_photograph_are_all_found(landmarker, data):
    picture = np.asarray(Image.open(data / "video" / "multi_face.jpg").convert("RGB"))
    assert len(find_faces(picture)) == 5
