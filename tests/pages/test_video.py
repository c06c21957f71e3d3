"""The Video page: its empty state, bad files, and a short clip through the real pipeline."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from core import checkpoints
from core.cohort.tables.reading import read_cohort
from core.face.columns import POSE
from core.face.marks import NO_MARKS, Marks
from core.face.series import Series
from core.face.video import VideoFacts
from core.facs import UNITS
from pages.parts.video import measuring, recorder, timeline
from pages.parts.video.measuring import Measured
from pages.parts.video.source import UPLOAD, Clip
from tests.core.face.film import film
from tests.pages.tiny import kept
from tests.paths import finder_is_installed

PATIENCE = 240
GALLERY = checkpoints.folder() / "gallery"
wants_finder = pytest.mark.skipif(
    not finder_is_installed() or not (GALLERY / "women-fair-happy.png").is_file(),
    reason="wants the face finder and the gallery",
)


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """Names to contents: a smile with a gap in it, and a room without a face."""
    folder = tmp_path_factory.mktemp("clips")
    calm, smiling = (
        np.asarray(Image.open(GALLERY / f"women-fair-{name}.png").convert("RGB").resize((192, 192)))
        for name in ("neutral", "happy")
    )
    empty = np.full_like(calm, 225)
    smile = film(folder / "smile.mp4", [calm] * 4 + [empty] * 3 + [smiling] * 5)
    room = film(folder / "room.mp4", [empty] * 3)
    return {path.name: path.read_bytes() for path in (smile, room)}


@pytest.fixture(scope="module")
def weights(tiny_checkpoints):
    """The untrained classifier, and no weights of action units, for all tests of a clip."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPRESSRATE_CHECKPOINTS", str(tiny_checkpoints))
        st.cache_data.clear()
        st.cache_resource.clear()
        yield


def said(page) -> str:
    boxes = [*page.markdown, *page.caption, *page.warning, *page.info, *page.error]
    return "\n".join(box.value for box in boxes)


def opened(root, source: str = UPLOAD) -> AppTest:
    page = AppTest.from_file(root / "pages" / "video.py", default_timeout=PATIENCE)
    page.query_params["video_source"] = source
    return page.run()


def given(page: AppTest, name: str, content: bytes) -> AppTest:
    turn = page.session_state["video_turn"]
    page.file_uploader(key=f"video_upload_{turn}").set_value((name, content, "video/mp4"))
    return page.run()


def measure_it(page: AppTest) -> AppTest:
    page.button(key="video_go").click().run()
    kept(page)["video_running"].job.wait(PATIENCE)
    assert kept(page)["extracted_tables"]  # before this page is looked at again
    return page.run()


@pytest.fixture(scope="module")
def smile(weights, clips, request):
    """The page after the smile was measured."""
    page = measure_it(given(opened(request.config.rootpath), "smile.mp4", clips["smile.mp4"]))
    assert not page.exception and not page.error
    return page


def test_without_its_sample_the_page_names_the_command(open_page):
    page = open_page("video")
    assert not page.exception
    assert "python -m core.synthetic sample" in page.error[0].value
    assert "validation of the action units cannot be read" in said(page)


def test_a_file_that_is_no_video_is_refused_in_words_and_the_uploader_is_cleared(weights, request):
    page = given(opened(request.config.rootpath), "notes.mp4", b"these are no pictures")
    assert not page.exception
    assert "notes.mp4 is not a video" in page.error[0].value
    assert page.session_state["video_turn"] == 1
    assert "python -m core.face extract" in said(page)


def test_a_codec_that_nobody_knows_is_one_sentence_and_the_uploader_stays(clips, weights, request):
    strange = clips["room.mp4"].replace(b"avc1", b"brst")
    page = given(opened(request.config.rootpath), "strange.mov", strange)
    assert not page.exception and len(page.error) == 1
    assert "strange.mov is stored by a codec that cannot be read" in page.error[0].value
    page = given(page, "room.mp4", clips["room.mp4"])
    assert not page.exception and not page.error and "room.mp4" in said(page)


@pytest.mark.parametrize("name", ["ä" * 296 + ".mp4", "." * 300 + "mp4"])
def test_a_very_long_name_is_no_reason_to_refuse_a_clip(clips, weights, request, name):
    page = given(opened(request.config.rootpath), name, clips["room.mp4"])
    assert not page.exception and not page.error
    clip = kept(page)["video_clip"]
    assert clip.path.is_file() and len(clip.path.name.encode()) < 256
    assert page.button(key="video_go").label.startswith("Measure")


@wants_finder
def test_an_upload_is_copied_to_the_session_and_every_frame_is_accounted_for(smile, clips):
    clip = kept(smile)["video_clip"]
    assert clip.path.read_bytes() == clips["smile.mp4"]
    cells = {metric.label: metric.value for metric in smile.metric}
    assert (cells["Decoded frames"], cells["Measured"], cells["No face"]) == ("12", "9", "3")
    assert "12 decoded = 0 skipped + 0 damaged + 3 without a face" in said(smile)


@wants_finder
def test_without_weights_of_units_the_page_says_so_and_shows_the_rest(smile):
    assert "python -m core.training action-units" in said(smile)
    names = {chart.proto.id.split("-")[-1] for chart in smile.get("plotly_chart")}
    assert len(names) >= 5
    chosen = smile.selectbox(key="video_states_by_Emotions-Blendshapes")
    assert chosen.options == ["Emotions", "Blendshapes"]


@wants_finder
def test_the_cursor_shows_its_frame_and_a_missing_face_has_no_numbers(smile):
    (cursor,) = (slider for slider in smile.slider if slider.label == "Frame")
    page = cursor.set_value(5).run()
    assert "This frame has no numbers" in said(page)
    (cursor,) = (slider for slider in page.slider if slider.label == "Frame")
    page = cursor.set_value(9).run()
    assert "This frame has no numbers" not in said(page)
    numbers = next(f.value for f in page.dataframe if "intensity" in f.value)
    assert len(numbers) == 17 and numbers["intensity"].isna().all()


@wants_finder
def test_states_can_be_set_by_hand_and_by_another_measure(smile):
    smile.selectbox(key="video_states_by_Emotions-Blendshapes").set_value("Blendshapes").run()
    page = smile.segmented_control(key="video_number_how").set_value("by hand").run()
    page = page.slider(key="video_states").set_value(2).run()
    assert not page.exception
    assert "2 states of 9 measured frames by 50 measures" in said(page)


@wants_finder
def test_a_result_is_still_there_when_the_page_runs_again(smile):
    page = smile.run()
    assert not [button for button in page.button if button.key == "video_go"]
    assert {metric.label for metric in page.metric} >= {"Measured"}


@wants_finder
def test_what_was_measured_can_be_read_as_a_cohort(smile):
    tables = kept(smile)["extracted_tables"]
    cohort = read_cohort(tables)
    assert [name for name, _ in tables] == ["smile.csv"]
    assert len(cohort.frames) == 12 and cohort.frames["success"].sum() == 9


@pytest.fixture
def with_units(smile, request, monkeypatch):
    """The page of the same clip as if units had been read: AU12 validated, AU06 not; AU12 is known."""
    old = kept(smile)["video_results"]
    (key,) = old
    table = old[key].series.table.assign(**dict.fromkeys(UNITS, 0.5))
    table["AU12"] = np.linspace(0, 4, 12)
    table.loc[~table["success"], list(UNITS)] = np.nan
    known = table[["time", *UNITS]].fillna(0.0)
    clip = replace(old[key].clip, known=known)
    series = replace(old[key].series, table=table)
    monkeypatch.setattr(timeline, "validated_units", lambda: {"AU12": True, "AU25": True})
    page = AppTest.from_file(
        request.config.rootpath / "pages" / "video.py", default_timeout=PATIENCE
    )
    page.query_params["video_source"] = UPLOAD
    kept(page)["video_clip"] = clip
    kept(page)["video_results"] = {key: Measured(key, clip, series)}
    return page.run()


def figures(page) -> str:
    return "\n".join(chart.proto.spec for chart in page.get("plotly_chart"))


@wants_finder
def test_units_without_validation_are_marked_and_left_out_of_composites(with_units):
    assert not with_units.exception and not with_units.error
    drawn = figures(with_units)
    assert "AU04 brow lowerer *" in drawn and "AU12 lip corner puller *" not in drawn
    assert "happiness (" not in drawn and "sadness (" not in drawn
    said = " ".join(caption.value for caption in with_units.caption)
    assert "happiness is AU12 alone" in said and "sadness has no unit left" in said
    page = with_units.toggle(key="video_all_parts").set_value(True).run()
    assert "happiness (AU06 + AU12)" in figures(page) and "sadness (" in figures(page)


@wants_finder
def test_raw_relative_and_known_values_are_shown_side_by_side(with_units):
    (wanted,) = (t for t in with_units.toggle if t.label.startswith("Compare"))
    assert "AU12, relative" not in figures(with_units) and "AU12, truth" in figures(with_units)
    page = wanted.set_value(True).run()
    (segment,) = (slider for slider in page.slider if slider.label.startswith("Neutral"))
    page = segment.set_value((0.0, 0.1)).run()
    assert "AU12, relative" in figures(page)
    numbers = next(f.value for f in page.dataframe if "intensity" in f.value)
    assert list(numbers["unit"])[:2] == ["AU12 lip corner puller", "AU25 lips part"]  # validated
    assert numbers.loc[0, "relative"] == pytest.approx(-np.linspace(0, 4, 12)[1], abs=1e-6)
    agreement = next(f.value for f in page.dataframe if "r" in f.value)
    assert agreement.set_index("unit").loc["AU12", "r"] == pytest.approx(1, abs=0.01)


@wants_finder
def test_another_programs_table_of_the_clip_is_compared_and_not_called_the_truth(with_units):
    theirs = pd.DataFrame({"frame": range(1, 13), "timestamp": np.arange(12) / 25})
    theirs["confidence"], theirs["success"] = 0.98, 1
    theirs["AU12_r"] = np.linspace(1, 3, 12)
    content = theirs.to_csv(index=False).encode()
    uploader = with_units.file_uploader(key="video_instrument")
    page = uploader.set_value(("openface.csv", content, "text/csv")).run()
    assert not page.exception and not page.error and "not truth" in said(page)
    rows = next(f.value for f in page.dataframe if "bias" in f.value).set_index("unit")
    assert rows.loc["AU12", "r"] == pytest.approx(1, abs=0.01)
    assert rows.loc["AU12", "slope"] == pytest.approx(2, abs=0.05)
    uploader = page.file_uploader(key="video_instrument")
    page = uploader.set_value(("other.csv", b"a,b\n1,2\n", "text/csv")).run()
    assert "other.csv" in page.error[0].value


@wants_finder
def test_a_link_brings_cursor_segment_and_units_back(with_units, request):
    page = AppTest.from_file(
        request.config.rootpath / "pages" / "video.py", default_timeout=PATIENCE
    )
    for name in ("video_clip", "video_results"):
        kept(page)[name] = kept(with_units)[name]
    asked = {"video_source": UPLOAD, "video_at": "8", "video_relative": "true"}
    for name, text in asked.items():
        page.query_params[name] = text
    page.query_params["video_neutral"] = ["0", "0.12"]
    page.run()
    assert not page.exception and "could be restored" not in said(page)
    assert page.slider(key="video_at").value == 8
    assert page.slider(key="video_neutral").value == (0.0, 0.12)


@wants_finder
def test_a_neutral_segment_without_a_face_is_refused_in_words(with_units):
    (wanted,) = (t for t in with_units.toggle if t.label.startswith("Compare"))
    page = wanted.set_value(True).run()
    (segment,) = (slider for slider in page.slider if slider.label.startswith("Neutral"))
    page = segment.set_value((0.18, 0.22)).run()
    assert "no measured face between 0.18 s and 0.22 s" in page.error[0].value


@wants_finder
def test_a_room_without_a_face_is_told(weights, clips, request):
    page = measure_it(given(opened(request.config.rootpath), "room.mp4", clips["room.mp4"]))
    assert not page.exception
    assert "No face was measured in any of the 3 frames" in said(page)


@wants_finder
def test_marks_are_honoured_by_exports_and_offered_to_cohort(smile, request):
    page = AppTest.from_file(
        request.config.rootpath / "pages" / "video.py", default_timeout=PATIENCE
    )
    page.query_params["video_source"] = UPLOAD
    for name in ("video_clip", "video_results", "video_tables"):
        kept(page)[name] = kept(smile)[name]
    page.run()
    page.text_input(key="video_event_name").set_value("task").run()
    page.button(key="video_event").click().run()
    page.button(key="video_leave").click().run()
    page.slider(key="video_at").set_value(2).run()
    page.button(key="video_leave").click().run()
    assert not page.exception
    (marks,) = kept(page)["video_marks"].values()
    assert [event.name for event in marks.events] == ["task"]
    assert [(each.start, each.end) for each in marks.exclusions] == [(0.0, 0.08)]
    assert "3 frames are left out" in said(page)
    cohort = read_cohort(kept(page)["extracted_tables"])
    assert cohort.frames["success"].sum() == 9 - 3
    assert cohort.phases == ("task",)
    assert "task" in figures(page) and "left out" in figures(page)


@wants_finder
def test_the_page_opens_where_a_face_is(weights, clips, tmp_path, request):
    calm = np.asarray(
        Image.open(GALLERY / "women-fair-neutral.png").convert("RGB").resize((192, 192))
    )
    path = film(tmp_path / "late.mp4", [np.full_like(calm, 225)] * 4 + [calm] * 2)
    page = measure_it(given(opened(request.config.rootpath), "late.mp4", path.read_bytes()))
    assert page.slider(key="video_at").value == 4


@wants_finder
def test_units_are_smoothed_only_where_that_is_asked_for_and_said(smile):
    assert "Savitzky" not in said(smile)
    smile.toggle(key="video_smooth").set_value(True).run()
    assert not smile.exception and "Units are smoothed over 0.4 s" in said(smile)
    smile.toggle(key="video_smooth").set_value(False).run()
    assert "Units are smoothed" not in said(smile)


def made_up(name: str, number: int, table) -> Measured:
    """A measured clip that nobody measured."""
    facts = VideoFacts(1, 25.0, 1.0, 192, 192, "h264", 0)
    clip = Clip(name, Path(f"/nowhere/{number}/{name}"), f"digest{number}", facts)
    return Measured(f"key{number}", clip, Series(table, None, facts))


def test_two_videos_of_one_name_stay_two_and_none_is_dropped_without_a_word():
    columns = dict.fromkeys((*POSE, *UNITS), 1.0)
    table = pd.DataFrame(
        {"frame": [0, 1], "time": [0.0, 0.04], "confidence": 1.0, "success": True, **columns}
    )
    tables, offered = {}, []
    for number in range(12):
        name = "visit.mp4" if number < 2 else f"person{number}.mp4"
        measuring._offer(made_up(name, number, table), NO_MARKS, tables, offered)
    assert [name for name, _ in offered][:3] == ["visit.csv", "visit (2).csv", "person2.csv"]
    assert len(offered) == len({name for name, _ in offered}) == 12
    marks = Marks().with_event(0.0, "task")
    measuring._offer(made_up("person5.mp4", 5, table), marks, tables, offered)
    assert len(offered) == 13 and offered[-1][0] == "events.csv"
    cohort = read_cohort(offered)
    assert len(set(cohort.frames["participant"])) == 12
    assert cohort.in_phase("task").sum() == 2


@pytest.mark.parametrize(
    ("handed", "clip"),
    [
        ({"form": "video/webm;codecs=vp8", "content": "AAEC"}, ("webcam.webm", bytes([0, 1, 2]))),
        ({"form": "video/mp4", "content": "AAEC"}, ("webcam.mp4", bytes([0, 1, 2]))),
        ({"form": "video/webm", "content": "no base64"}, None),
        ({"form": "video/webm", "content": ""}, None),
        ({"content": 3}, None),
        ("AAEC", None),
        (None, None),
    ],
)
def test_only_a_clip_is_taken_from_the_camera(handed, clip):
    assert recorder.clip_of(handed) == clip
