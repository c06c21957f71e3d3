"""Landmarks are drawn where the face is, and a face is found again in the box of a table."""

import numpy as np

from core.face.plots.overlay import draw_landmarks, face_in, portrait


def test_a_face_is_found_again_in_its_box(landmarker, portrait_of_a_man):
    face = landmarker.find(portrait_of_a_man)[0]
    again = face_in(landmarker, portrait_of_a_man, face.box)
    assert again.presence > 0.5
    assert np.abs(again.landmarks - face.landmarks)[:, :2].max() < 6


def test_landmarks_are_drawn_on_the_face_alone(landmarker, portrait_of_a_man):
    face = landmarker.find(portrait_of_a_man)[0]
    drawn = draw_landmarks(portrait_of_a_man, face.landmarks, 384)
    changed = np.argwhere((drawn != portrait_of_a_man).any(axis=2))
    left, top, right, bottom = face.box
    assert abs(changed.min(axis=0) - [top, left]).max() < 6
    assert abs(changed.max(axis=0) - [bottom, right]).max() < 6


def test_a_wide_picture_is_made_narrower_and_a_narrow_one_kept():
    picture = np.zeros((300, 800, 3), np.uint8)
    assert draw_landmarks(picture, None, 400).shape == (150, 400, 3)
    assert draw_landmarks(picture, None, 4000).shape == picture.shape


def test_a_portrait_is_square_even_at_the_edge_and_may_be_underlined():
    picture = np.full((60, 80, 3), 200, np.uint8)
    face = portrait(picture, (-20.0, -10.0, 30.0, 40.0), 64, "#D55E00")
    assert face.shape == (64, 64, 3)
    assert face[63, 32].tolist() == [0xD5, 0x5E, 0x00] and (face[:58] == 200).all()
