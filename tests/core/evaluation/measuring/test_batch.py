"""Many pictures at once: those that can be stored are, the others are named."""

import io
import zipfile

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from core.codec.codec import decode_file
from core.errors import InputError
from core.evaluation.measuring.batch import Given, store_all
from core.evaluation.measuring.versions import offered
from tests.pages.tiny import make_tiny


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    folder = make_tiny(tmp_path_factory.mktemp("batch"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPRESSRATE_CHECKPOINTS", str(folder))
        yield folder


def png(side: int) -> bytes:
    rng = np.random.default_rng(side)
    buffer = io.BytesIO()
    Image.fromarray(rng.integers(0, 256, (side, side, 3), dtype=np.uint8)).save(buffer, "png")
    return buffer.getvalue()


def opened(content: bytes) -> tuple[zipfile.ZipFile, pd.DataFrame]:
    archive = zipfile.ZipFile(io.BytesIO(content))
    return archive, pd.read_csv(io.BytesIO(archive.read("table.csv")))


def test_one_bad_picture_is_named_and_the_others_are_given(tiny):
    given = [Given("a.png", png(64)), Given("bad.png", b"no picture"), Given("b.png", png(80))]
    batch = store_all(given, offered()["Baseline"], 93)
    archive, table = opened(batch.content)
    assert batch.stored == 2 and len(batch.problems) == 1 and "bad.png" in batch.problems[0]
    assert set(archive.namelist()) == {
        "stored/a.xpr", "stored/b.xpr", "decoded/a.png", "decoded/b.png", "table.csv",
    }  # fmt: skip
    assert list(table["picture"]) == ["a.png", "bad.png", "b.png"]
    assert "bad.png" in table["problem"][1] and table["problem"].isna().tolist() == [
        True,
        False,
        True,
    ]
    assert archive.read("table.csv").decode().splitlines()[1].startswith("a.png,64,64,Baseline,93,")
    stored = archive.read("stored/a.xpr")
    assert table["file_bytes"][0] == len(stored)
    decoded = np.asarray(Image.open(io.BytesIO(archive.read("decoded/a.png"))))
    assert np.array_equal(decoded, decode_file(stored))


def test_names_that_meet_or_lead_elsewhere_stay_apart_and_inside(tiny):
    given = [Given("x/one.png", png(64)), Given("../One.jpg", png(64)), Given("=1+1.png", png(64))]
    archive, table = opened(store_all(given, offered()["JPEG"], 50).content)
    names = [name for name in archive.namelist() if name.startswith("stored/")]
    assert names == ["stored/one.jpg", "stored/One-2.jpg", "stored/-1-1.jpg"]
    assert table["picture"][2].startswith("'=")


def test_where_no_picture_can_be_stored_every_one_is_named(tiny):
    with pytest.raises(InputError, match=r"No picture could be stored\..*a\.png.*b\.png"):
        store_all([Given("a.png", b"x"), Given("b.png", b"y")], offered()["JPEG"], 50)


def test_progress_is_told_and_what_it_raises_ends_the_work(tiny):
    said = []
    store_all([Given("a.png", png(64))], offered()["JPEG"], 50, lambda *told: said.append(told))
    assert said[0] == (0, 1, "a.png")

    def stop(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store_all([Given("a.png", png(64))], offered()["JPEG"], 50, stop)
