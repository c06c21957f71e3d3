"""The lesson: numbers of the codec and the tables, a goal that can be reached, sizes that are held."""

import json
import struct

import numpy as np
import pandas as pd
import pytest

from core.codec import file_format
from core.codec.latents import analyse, quantise
from core.codec.loading import load_codec
from core.evaluation.measuring.versions import Picture
from core.evaluation.results import weights
from core.evaluation.results.estimates import Estimates
from core.recognition import load_classifier
from core.site.faces import Models
from core.site.lesson import landscape
from core.site.lesson.coefficient import drop_of, pack_coefficients
from core.site.lesson.lesson import lesson_page, make_lesson, pack_lesson, sheet_page
from core.site.page import MOST_OF_A_VIEW
from tests.pages.tiny import make_tiny, make_tuned


@pytest.fixture(scope="module")
def tuned(tmp_path_factory):
    """Tiny tuned checkpoints with a made-up table, in force for this file."""
    home = tmp_path_factory.mktemp("lesson")
    (home / "tiny").mkdir()
    folder = make_tuned(make_tiny(home / "tiny"), home / "checkpoints")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPRESSRATE_CHECKPOINTS", str(folder))
        yield folder


@pytest.fixture(scope="module")
def lesson(tuned):
    """The steps and their buffers, over the tiny checkpoints."""
    return make_lesson(Models(), Estimates())


def head(buffer: bytes) -> dict:
    (length,) = struct.unpack_from("<I", buffer)
    return json.loads(buffer[4 : 4 + length])


def test_every_number_of_a_coefficient_is_the_codecs_own(tuned):
    codec, card = load_codec("baseline")
    classifier, _ = load_classifier("base")
    pixels = np.random.default_rng(3).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    found = head(
        pack_coefficients(codec, card.fingerprint, classifier, Picture("n", pixels, "d"), 255)
    )
    (latents,) = quantise(codec, analyse(codec, pixels), [255])
    file = file_format.pack(codec, card.fingerprint, latents)
    assert found["file"] == file.file_bytes
    assert found["bits"] == pytest.approx(file.y_bits)
    assert sum(place["bits"] for place in found["places"]) == pytest.approx(file.y_bits, abs=0.2)
    for each in found["channels"]:
        assert each["symbol"] == latents.y[each["channel"]].ravel().tolist()
        assert np.abs(np.round(each["scaled"]) - each["symbol"]).max() <= 1  # ties
        assert np.allclose(each["probability"], 2.0 ** -np.array(each["bits"]), rtol=0.01)
    named = [place["without"] for place in found["places"]]
    named += [at for each in found["channels"] for at in each["without"] if at is not None]
    assert (
        sorted(set(named))
        == list(range(2, len(found["read"])))
        == list(range(2, len(found["lengths"])))
    )
    _, cell, before, after = drop_of(found)
    expression = int(np.argmax(found["read"][1]["p"]))
    drops = [before - found["read"][place["without"]]["p"][expression] for place in found["places"]]
    assert drops[cell] == max(drops) == pytest.approx(before - after)


def made_up_plane() -> pd.DataFrame:
    rows = []
    for method, weight, lift in (("control", 0.0, 0.0), ("joint", 2.0, 0.05)):
        for quality_index, size in ((0, 50), (128, 200), (255, 800)):
            rows.append(
                {
                    "method": method, "weight": weight, "quality_index": quality_index, "bytes": size,
                    "bpp": size / 512, "accuracy": 0.3 + 0.1 * np.log10(size) + lift,
                    "low": 0.0, "high": 1.0, "psnr": 20 + 5 * np.log10(size) - 10 * lift,
                    "payload_bpp": size / 512, "mse": 4000 / size + 100 * lift,
                    "cross_entropy": 2 - 0.3 * np.log10(size) - 4 * lift,
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def test_what_is_wanted_of_the_loss_is_reached_by_some_weights_and_by_none_without_recognition():
    plane = made_up_plane()
    wanted = landscape.landscape(plane)["wanted"]

    def reached(gammas) -> bool:
        chosen = {
            landscape.least(plane, 1.0, beta, gamma)
            for beta in np.geomspace(*landscape.LAMBDA_RANGE, 24)
            for gamma in gammas
        }
        points = plane.loc[sorted(chosen)]
        return bool(
            (
                (points["bytes"] <= wanted["bytes"]) & (points["accuracy"] >= wanted["accuracy"])
            ).any()
        )

    assert reached(np.geomspace(*landscape.GAMMAS, 24))
    assert not reached([0.0])


def test_the_front_of_the_landscape_is_that_of_the_results():
    plane = made_up_plane()
    points = landscape.landscape(plane)["points"]
    assert [point["front"] for point in points] == weights.front(plane).tolist()


def test_six_steps_take_twenty_minutes_and_each_asks_before_it_tells(lesson):
    steps, buffers = lesson
    assert len(steps) == 6 and sum(step["minutes"] for step in steps) == 20
    for step in steps:
        answer = step["guess"]["answer"]
        assert answer is None or 0 <= answer < len(step["guess"]["options"])
        assert all(step[name] for name in ("title", "intro", "reveal", "task", "teacher", "widget"))
        assert 0 <= step["part"] < len(buffers)
        assert "NaN" not in json.dumps(step)


def test_the_lesson_and_its_sheet_are_pages_of_their_own(lesson):
    steps, buffers = lesson
    text = lesson_page(steps, buffers, "lesson.html")
    assert len(text.encode()) <= MOST_OF_A_VIEW
    sheet = sheet_page(steps)
    for step in steps:
        assert step["title"] in sheet and "What I saw" in sheet
    assert sheet.index("For the teacher") > sheet.index(steps[-1]["title"])
    assert "<script type=" not in sheet


def test_a_page_of_its_own_keeps_the_progress_by_itself_and_the_app_brings_it(lesson):
    steps, buffers = lesson
    assert head(pack_lesson(steps, buffers))["alone"] is True
    brought = head(pack_lesson(steps, buffers, {"step": 3, "done": [1], "guesses": {}}))
    assert brought["alone"] is False and brought["progress"]["step"] == 3
