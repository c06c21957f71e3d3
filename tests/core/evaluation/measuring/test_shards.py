"""Shards measured elsewhere give the same rows, and no face travels there."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from core.errors import InputError
from core.evaluation.measuring.cases import cases
from core.evaluation.measuring.pictures import available, kodak, labelled_faces
from core.evaluation.measuring.run import run
from core.evaluation.measuring.table import read_results


@pytest.fixture
def data(tmp_path, monkeypatch):
    """A contest archive of its own, votes for its faces, and two pictures in Kodak's place."""
    import tarfile

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("EXPRESSRATE_STATE", str(tmp_path / "state"))
    rng = np.random.default_rng(0)
    folder = tmp_path / "data"
    lines = ["image,anger,disgust,fear,happiness,sadness,surprise,neutral,contempt,unknown,NF"]
    for split, begins in (("train", "Training"), ("test", "PublicTest"), ("test", "PrivateTest")):
        for number, label in enumerate(("angry", "happy", "neutral")):
            name = f"{begins}_{number}.jpg"
            place = tmp_path / "faces" / split / label
            place.mkdir(parents=True, exist_ok=True)
            noise = Image.fromarray(rng.integers(0, 256, (6, 6)).astype(np.uint8))
            noise.resize((48, 48), Image.Resampling.BICUBIC).save(place / name)
            votes = "0,0,0,10,0,0,0,0,0,0" if number else "4,0,0,0,3,0,3,0,0,0"
            lines.append(f"{name},{votes}")
    for name in ("fer2013", "ferplus", "kodak"):
        (folder / name).mkdir(parents=True)
    with tarfile.open(folder / "fer2013" / "fer2013.tar.xz", "w:xz") as archive:
        for part in ("train", "test"):
            archive.add(tmp_path / "faces" / part, arcname=part)
    (folder / "ferplus" / "votes.csv").write_text("\n".join(lines))
    for name, shape in (("kodim01.png", (32, 48, 3)), ("kodim02.png", (48, 32, 3))):
        noise = rng.integers(0, 256, shape).astype(np.uint8)
        Image.fromarray(noise).save(folder / "kodak" / name)
    return folder


def test_faces_bring_the_votes_majority_and_nothing_where_there_is_none(data):
    faces = labelled_faces(data, "test")
    votes = dict(zip(faces.names, faces.ferplus, strict=True))
    assert votes["PrivateTest_0.jpg"] is None and votes["PrivateTest_1.jpg"] == "happy"


def test_kodaks_pictures_are_measured_as_they_are(data):
    pictures = kodak(data / "kodak")
    assert [picture.shape for picture in pictures.judged] == [(32, 48, 3), (48, 32, 3)]
    assert {part.data for part in available(data, val=0)} >= {"fer2013", "kodak", "foreign"}


def test_pictures_are_read_again_where_the_work_is_done_and_others_are_refused(data):
    whole = labelled_faces(data, "test")
    part = whole.part(1, 3)
    light = part.without_pixels()
    assert not light.judged and light.native is None
    again = light.with_pixels()
    assert again.names == part.names
    np.testing.assert_array_equal(np.stack(again.judged), np.stack(part.judged))
    with pytest.raises(InputError, match="other pictures"):
        replace(light, md5=("0" * 32,) * 2).with_pixels()


def test_a_cluster_writes_the_rows_that_this_process_writes(data, tmp_path):
    from distributed import LocalCluster

    pictures = [labelled_faces(data, "test"), kodak(data / "kodak")]
    chosen = cases(["baseline", "jpeg"])
    call = {"points": 2, "fresh": True}
    run(chosen, pictures, **call, workers=1, folder=tmp_path / "here")
    here = {"processes": False, "n_workers": 1, "threads_per_worker": 1, "dashboard_address": None}
    with LocalCluster(**here) as cluster:
        address = cluster.scheduler_address
        run(chosen, pictures, **call, scheduler=address, folder=tmp_path / "there")
    pd.testing.assert_frame_equal(read_results(tmp_path / "here"), read_results(tmp_path / "there"))


def test_where_nobody_answers_nothing_is_written(data, tmp_path, monkeypatch):
    monkeypatch.setattr("core.cluster._PATIENCE", "1s")
    pictures, out = [kodak(data / "kodak")], tmp_path / "there"
    with pytest.raises(InputError, match="No Dask scheduler answers"):
        run(cases(["jpeg"]), pictures, scheduler="tcp://127.0.0.1:9", folder=out)
    assert not list(out.glob("*.parquet"))
