import numpy as np
import pytest
from PIL import Image

from core import checkpoints
from core.errors import InputError
from core.expressions import EXPRESSIONS
from core.gallery import RENDER, Entry, read_list
from core.synthetic import composites, renders
from core.synthetic.composites import GROUPS, composite, read_people
from core.synthetic.gallery import list_pictures
from core.synthetic.morphable import load_morphable


def test_the_gallery_lists_every_picture_with_its_source(listed):
    folder = checkpoints.folder() / "gallery"
    assert len(listed) >= 12
    assert {line["file"] for line in listed} == {path.name for path in folder.glob("*.png")}
    for line in listed:
        licence = {"composite": "CC BY 4.0", "render": "MIT License"}[line["kind"]]
        assert licence in line["source"] and line["title"]
    notice = (folder / "NOTICE.md").read_text()
    assert "10.6084/m9.figshare.5047666" in notice and "ICT-FaceKit" in notice


def test_renders_show_all_seven_expressions_and_say_that_they_are_rendered(listed):
    drawn = [line for line in listed if line["kind"] == "render"]
    assert sorted(line["label"] for line in drawn) == sorted(2 * EXPRESSIONS)
    assert all(line["title"].startswith("Rendered") and line["people"] == 0 for line in drawn)


def test_new_pictures_of_one_kind_leave_those_of_the_other_in_the_list(tmp_path):
    old = Entry("old.png", "happy", "Old", 0, (), "drawn", RENDER)
    averaged = Entry("mean.png", "happy", "Mean", 3, ("1", "2", "3"), "averaged")
    new = Entry("new.png", "sad", "New", 0, (), "drawn", RENDER)
    list_pictures(tmp_path, [old])
    list_pictures(tmp_path, [averaged])
    assert list_pictures(tmp_path, [new]) == [averaged, new] == read_list(tmp_path)
    assert "MIT License" in (tmp_path / "NOTICE.md").read_text()


@pytest.mark.parametrize(
    "text", ['[{"label": "happy"}]', '["a.png"]', "[", '[{"file": 1, "ids": 2}]']
)
def test_a_damaged_list_is_refused(tmp_path, text):
    (tmp_path / "gallery.json").write_text(text)
    with pytest.raises(InputError, match="of the gallery cannot be read"):
        read_list(tmp_path)


def test_the_shipped_renders_come_from_the_script(data, portrait, tmp_path, monkeypatch):
    monkeypatch.setattr(renders, "PEOPLE", renders.PEOPLE[:1])
    monkeypatch.setattr(renders, "SHOWN", {"angry": renders.SHOWN["angry"]})
    renders.write_renders(load_morphable(data), tmp_path)
    again = np.asarray(Image.open(tmp_path / "render-first-angry.png"))
    assert np.abs(again.astype(float) - portrait["render-first-angry.png"]).mean() < 1


def test_every_composite_averages_people_whom_no_codec_was_trained_on(listed):
    for line in (line for line in listed if line["kind"] == "composite"):
        assert line["people"] == len(set(line["ids"])) >= 3
        assert min(map(int, line["ids"])) >= 100


def test_pictures_of_the_gallery_are_large_and_in_colour(portrait):
    for name, picture in portrait.items():
        assert picture.shape == (384, 384, 3), name
        assert picture.std(axis=2).mean() > 3, name


def test_fewer_than_three_people_make_no_composite(portrait):
    pictures = list(portrait.values())[:2]
    with pytest.raises(ValueError, match="at least 3"):
        composite(pictures, [np.zeros((478, 3))] * 2)


def test_a_folder_without_the_photographs_is_refused_with_all_that_it_lacks(tmp_path):
    with pytest.raises(InputError, match=r"100_neutral\.jpg.*144_neutral\.jpg"):
        read_people(tmp_path, GROUPS[0].people, "neutral")


def test_the_average_of_one_face_with_itself_is_that_face(landmarker, portrait):
    picture = portrait["men-dark-neutral.png"]
    shape = landmarker.find(picture)[0].landmarks
    again = composite([picture] * 3, [shape] * 3)
    inner = slice(120, 300)
    assert np.abs(again[inner, inner].astype(float) - picture[inner, inner]).mean() < 8


def test_the_shipped_pictures_come_from_the_script(landmarker, data, portrait):
    group = GROUPS[-1]
    pictures = read_people(data / "london", group.people, "smiling")
    shapes = [landmarker.find(picture)[0].landmarks for picture in pictures]
    again = composite(pictures, shapes)
    assert np.abs(again.astype(float) - portrait[f"{group.name}-happy.png"]).mean() < 2


def test_a_gallery_can_be_written_from_the_photographs(landmarker, monkeypatch, tmp_path, portrait):
    group = composites.Group("three", "Three faces", ("100", "101", "102"))
    monkeypatch.setattr(composites, "GROUPS", (group,))
    for id, name in zip(group.people, list(portrait)[::2], strict=False):
        for word in composites.WORDS:
            Image.fromarray(portrait[name]).save(tmp_path / f"{id}_{word}.jpg")
    entries = composites.write_gallery(tmp_path, tmp_path / "out")
    assert [entry.file for entry in entries] == ["three-neutral.png", "three-happy.png"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "NOTICE.md", "gallery.json", "three-happy.png", "three-neutral.png",
    ]  # fmt: skip
