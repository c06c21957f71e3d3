"""The Bridge page: a clip through two codecs, and what is shown of it."""

import json
import shutil

import pytest

from core.bridge.charts import label
from pages.parts.bridge import study
from tests.core.bridge.conftest import blend
from tests.core.bridge.test_study import document
from tests.core.face.film import film
from tests.pages.tiny import kept
from tests.paths import ROOT, finder_is_installed

STORE, FACE, STUDY = (
    "How may I store recordings?",
    "What do codecs do to this face?",
    "Does a study's conclusion survive?",
)
pytestmark = pytest.mark.skipif(
    not finder_is_installed(), reason="the face landmarker is not installed"
)


@pytest.fixture(scope="module")
def clips(tiny_checkpoints, tmp_path_factory):
    """The tiny checkpoints with a sample clip of three frames."""
    folder = tmp_path_factory.mktemp("clips") / "checkpoints"
    shutil.copytree(tiny_checkpoints, folder)
    film(folder / "gallery" / "sample.mp4", [blend(0), blend(1), blend(0.5)])
    (folder / "cohort").mkdir()
    (folder / "cohort" / "conclusion.json").write_bytes(document())
    return folder


@pytest.fixture
def opened(open_page, clips, tmp_path, monkeypatch):
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(clips))
    monkeypatch.setenv("EXPRESSRATE_STATE", str(tmp_path))
    usual = {"bridge_question": FACE, "bridge_every": "1", "bridge_steps": "2"}
    return lambda **link: open_page("bridge", **{**usual, **link})


def test_a_clip_is_coded_measured_and_shown(opened):
    page = opened()
    assert not page.exception and not page.error
    page.multiselect(key="bridge_codecs").set_value(["jpeg"]).run()
    page.button(key="bridge_start").click().run()
    job = kept(page)["bridge_job"][1]
    job.wait(200)
    assert job.error is None, job.error
    page.run()
    assert not page.exception and not page.error
    assert len(page.get("plotly_chart")) == 2
    headline = page.dataframe[0].value
    assert list(headline["Codec"]) == ["JPEG"]
    assert headline["Why not less"].iloc[0] == "no unit passed validation"
    drift = page.dataframe[1].value
    assert set(drift["name"]) == {"original", "jpeg"}
    assert (drift.loc[drift["name"] == "original", "change"].dropna() >= 0).all()
    assert kept(page)["bridge_job"][1] is job, "another run must not begin again"
    json.dumps(job.result.document())
    page.selectbox(key="bridge_measure").set_value("emotion_happy").run()
    page.slider(key="bridge_frame").set_value(1).run()
    assert not page.exception and not page.error
    kinds = ("selectbox", "number_input", "multiselect", "slider", "button", "button_group")
    for kind in kinds:
        assert all(widget.proto.help for widget in page.get(kind)), kind


def test_the_shipped_study_is_shown_without_a_measurement(opened, monkeypatch):
    monkeypatch.setattr(study, "trusted_units", lambda: ("AU12", "AU01"))
    page = opened(bridge_question=STUDY, study_unit=label("AU01"), study_rate="A second")
    assert not page.exception and not page.error
    assert any("other weights of nobody" in warning.value for warning in page.warning)
    rates = page.dataframe[0].value.set_index("Codec")
    assert rates.loc["JPEG", "Bits a face"] == 200
    assert rates.loc["WebP", "What changes below"] == "AU01 is invented"
    assert page.selectbox(key="study_unit").value == "AU01"
    page.segmented_control(key="study_source").set_value("A document of mine").run()
    assert not page.exception and not page.error
    assert any("bring the document here" in info.value for info in page.info)


def test_without_a_codec_nothing_can_be_begun(opened):
    page = opened()
    page.multiselect(key="bridge_codecs").set_value([]).run()
    assert not page.exception
    assert page.button(key="bridge_start").disabled
    assert any("at least one codec" in info.value for info in page.info)


def test_a_missing_sample_is_told_and_the_page_ends_well(open_page):
    page = open_page("bridge")
    assert not page.exception
    assert "no sample clip" in page.error[0].value
    assert any("research tool" in caption.value for caption in page.caption)


def test_without_the_estimators_the_advice_says_what_is_missing(opened):
    page = opened(bridge_question=STORE)
    page.multiselect(key="advice_units").set_value(["AU12"]).run()
    page.button(key="advice_start").click().run()
    kept(page)["advice_job"][1].wait(60)
    page.run()
    assert not page.exception
    assert "weights of the action units are not here" in page.error[0].value


def test_a_clip_gets_its_advice_with_the_command(opened, clips):
    for file in (ROOT / "checkpoints").glob("action-units.*"):
        shutil.copy(file, clips)
    page = opened(
        bridge_question=STORE, advice_keep="0.5", advice_change="2.0", advice_lost="50.0"
    )  # fmt: skip
    assert not page.exception and not page.error
    for key, value in {
        "units": ["AU12"],
        "codecs": ["h264"],
        "heights": ["As it is"],
        "rates": [1],
    }.items():
        page.multiselect(key=f"advice_{key}").set_value(value)
    page.run()
    assert any("1 search," in caption.value for caption in page.caption)
    page.button(key="advice_start").click().run()
    job = kept(page)["advice_job"][1]
    job.wait(200)
    assert job.error is None, job.error
    page.run()
    assert not page.exception and not page.error
    assert job.result.best is not None
    assert job.result.best.recording.method == "h264"
    assert [each for each in page.code if each.value.startswith("ffmpeg -i IN.mp4")]
    assert f"{job.result.best.megabytes_a_minute:.2f}" in page.success[0].value
    for kind in ("multiselect", "number_input", "selectbox", "button", "button_group"):
        assert all(widget.proto.help for widget in page.get(kind)), kind


def test_without_a_unit_no_advice_can_be_asked_for(opened):
    page = opened(bridge_question=STORE)
    page.multiselect(key="advice_units").set_value([]).run()
    assert not page.exception and not page.error
    assert any("at least one action unit" in info.value for info in page.info)


def test_what_an_encoder_lacks_is_told_and_the_other_settings_are_kept(opened):
    page = opened(bridge_question=STORE, advice_pixels="4:4:4, 8 bits", advice_codecs="AV1")
    assert not page.exception
    assert "PyAV's libsvtav1 has no pixel format yuv444p" in page.error[0].value
    page.multiselect(key="advice_units").set_value(["AU12"])
    page.multiselect(key="advice_codecs").set_value(["h264"]).run()
    assert not page.exception and not page.error
    page.selectbox(key="advice_preset_h264").set_value("slow")
    page.selectbox(key="advice_gop").set_value("25")
    page.multiselect(key="advice_heights").set_value(["As it is", "face 60 px"]).run()
    assert not page.exception and not page.error
    command = page.code[0].value
    for words in ("--pixels yuv444p", "--preset h264=slow", "--gop 25", "--face-widths 60"):
        assert words in command
    assert "--heights own" in command


@pytest.fixture
def labelled(opened, clips, tmp_path):
    """The page with six clips of a study that were given, three calm people and three that smile."""
    for file in (ROOT / "checkpoints").glob("action-units.*"):
        shutil.copy(file, clips)
    page = opened(bridge_question=STUDY)
    page.segmented_control(key="study_source").set_value("My clips, stored as films").run()
    assert any("Give the clips of your study" in info.value for info in page.info)
    shares = (0.0, 0.1, 0.2, 0.7, 0.8, 0.9)
    paths = [
        film(tmp_path / f"p{n}.mp4", [blend(s), blend(s + 0.05)] * 2) for n, s in enumerate(shares)
    ]
    kept(page)["study_own_clips"] = dict.fromkeys(paths, 4)
    return page.run()


LABELS = b"participant,label\np0,calm\np1,calm\np2,calm\np3,glad\np4,glad\np5,glad\n"


def test_a_study_of_ones_own_clips_is_made_at_a_named_setting(labelled):
    page = labelled
    assert not page.exception and not page.error
    assert any("whose clip each is" in text.value for text in page.markdown)
    assert page.button(key="study_use_typed").disabled, "nobody has a label yet"
    kept(page)["study_own_labels"] = ("labels.csv", LABELS)
    page.run()
    assert any("3 in group calm, 3 in group glad" in each.value for each in page.caption)
    page.segmented_control(key="study_stored_as").set_value("A setting that I name").run()
    page.number_input(key="study_crf_h264").set_value(20).run()
    page.button(key="study_start").click().run()
    job = kept(page)["study_job"][1]
    job.wait(200)
    assert job.error is None, job.error
    page.run()
    assert not page.exception and not page.error
    assert job.result.study.recording.quality == 20
    told = [*page.success, *page.warning]
    assert any(each.value.startswith("The study") for each in told)
    for kind in ("number_input", "selectbox", "button", "button_group"):
        assert all(widget.proto.help for widget in page.get(kind)), kind


def test_labels_that_do_not_fit_the_clips_are_told(labelled):
    page = labelled
    kept(page)["study_own_labels"] = ("mine.csv", b"participant,label\nx,0\ny,1\n")
    page.run()
    assert not page.exception
    assert "mine.csv has no label for 6 of 6 clips" in page.error[0].value
