"""The Bridge page: a clip through two codecs, and what is shown of it."""

import json
import shutil

import pytest

from core.bridge.charts import label
from core.bridge.study import DOCUMENT
from core.face import bundle
from pages.parts.bridge import study
from tests.core.bridge.conftest import blend
from tests.core.bridge.test_study import document
from tests.core.face.film import film

pytestmark = pytest.mark.skipif(
    not bundle.is_installed(), reason="the face landmarker is not installed"
)


@pytest.fixture(scope="module")
def clips(tiny_checkpoints, tmp_path_factory):
    """The tiny checkpoints with a sample clip of three frames."""
    folder = tmp_path_factory.mktemp("clips") / "checkpoints"
    shutil.copytree(tiny_checkpoints, folder)
    film(folder / "gallery" / "sample.mp4", [blend(0), blend(1), blend(0.5)])
    (folder / "cohort").mkdir()
    (folder / "cohort" / DOCUMENT).write_bytes(document())
    return folder


@pytest.fixture
def opened(open_page, clips, tmp_path, monkeypatch):
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(clips))
    monkeypatch.setenv("EXPRESSRATE_STATE", str(tmp_path))
    return lambda **link: open_page("bridge", bridge_every="1", bridge_steps="2", **link)


def test_a_clip_is_coded_measured_and_shown(opened):
    page = opened()
    assert not page.exception and not page.error
    page.multiselect(key="bridge_codecs").set_value(["jpeg"]).run()
    page.button(key="bridge_start").click().run()
    job = page.session_state["bridge_job"][1]
    job.wait(200)
    assert job.error is None, job.error
    page.run()
    assert not page.exception and not page.error
    assert len(page.get("plotly_chart")) == 3
    headline = page.dataframe[0].value
    assert list(headline["Codec"]) == ["JPEG"]
    assert headline["Why not less"].iloc[0] == "no unit passed validation"
    drift = page.dataframe[1].value
    assert set(drift["name"]) == {"original", "jpeg"}
    assert (drift.loc[drift["name"] == "original", "change"].dropna() >= 0).all()
    assert page.session_state["bridge_job"][1] is job, "another run must not begin again"
    json.dumps(job.result.document())
    page.selectbox(key="bridge_measure").set_value("emotion_happy").run()
    page.slider(key="bridge_frame").set_value(1).run()
    assert not page.exception and not page.error
    kinds = ("selectbox", "number_input", "multiselect", "slider", "button", "button_group")
    for kind in kinds:
        assert all(widget.proto.help for widget in page.get(kind)), kind


def test_the_shipped_study_is_shown_without_a_measurement(opened, monkeypatch):
    monkeypatch.setattr(study, "trusted_units", lambda: ("AU12", "AU01"))
    page = opened(study_unit=label("AU01"), study_rate="A second")
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
