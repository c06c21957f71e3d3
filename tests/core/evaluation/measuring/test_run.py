"""The whole way on a few drawn faces: tables from real files, resumed, compared, summed up."""

import json
import signal
import sys

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from core import checkpoints
from core.checkpoints import Card
from core.codec import classical
from core.codec.file_format import encode
from core.codec.loading import load_codec
from core.codec.network import VariableRateCodec
from core.data.faces import as_tensor
from core.errors import InputError
from core.evaluation.__main__ import main
from core.evaluation.measuring import run as running
from core.evaluation.measuring.cases import cases
from core.evaluation.measuring.coding import classic, native_is_better
from core.evaluation.measuring.metrics import psnr
from core.evaluation.measuring.pictures import Pictures, gallery, labelled_faces
from core.evaluation.measuring.table import read_provenance, read_results
from core.expressions import EXPRESSIONS
from core.recognition import ExpressionClassifier, load_classifier, predict
from tests.core.processes import killer_of, looks_into_proc, survivors

FACES = 6


def card(id, kind, method, architecture, **more):
    return Card(id, kind, method, architecture, {}, 0, "", "", "0", **more)


def drawn_face(rng):
    coarse = Image.fromarray(rng.integers(0, 256, (6, 6)).astype(np.uint8))
    return np.asarray(coarse.resize((48, 48), Image.Resampling.BICUBIC))


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home of its own: a contest table, checkpoints with tiny weights, a gallery of one face."""
    folder = tmp_path_factory.mktemp("home")
    rng = np.random.default_rng(0)
    lines = ["emotion,pixels,Usage"]
    for usage in ("Training", "PublicTest", "PrivateTest"):
        for number in range(FACES):
            pixels = " ".join(map(str, drawn_face(rng).ravel()))
            lines.append(f"{number % 7},{pixels},{usage}")
    (folder / "data").mkdir()
    (folder / "data" / "fer2013.csv").write_text("\n".join(lines))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(folder))
        patch.setenv("EXPRESSRATE_STATE", str(folder / "state"))
        patch.setenv("EXPRESSRATE_CHECKPOINTS", str(folder / "checkpoints"))
        torch.manual_seed(0)
        checkpoints.save(ExpressionClassifier(), card("base", "classifier", "base", {"classes": 7}))
        codec = VariableRateCodec(8, 12)
        made = card("baseline", "codec", "baseline", {"N": 8, "M": 12}, classifier="base")
        checkpoints.save(codec, made)
        faces = folder / "checkpoints" / "gallery"
        faces.mkdir()
        Image.fromarray(rng.integers(0, 256, (64, 80, 3)).astype(np.uint8)).save(faces / "a.png")
        (faces / "gallery.json").write_text(json.dumps([{"file": "a.png", "label": "happy"}]))
        yield folder


@pytest.fixture(scope="module")
def measured(home):
    """Test and validation faces and the gallery, through three methods."""
    pictures = [labelled_faces(home / "data", name) for name in ("test", "val")] + [gallery()]
    chosen = cases(["original", "baseline", "webp"])
    call = {"points": 3, "workers": 1, "folder": home / "results", "command": "the command"}
    running.run(chosen, pictures, **call)
    return pictures, chosen, call


@pytest.fixture
def rows(home, measured):
    return read_results(home / "results")


def test_every_picture_has_a_row_at_every_quality(rows):
    settings = len(classical.SETTINGS["webp"])
    for method, quality_indices in (("original", 1), ("baseline", 3), ("webp", settings)):
        part = rows[rows["method"] == method]
        assert len(part) == quality_indices * (2 * FACES + 1)
    faces = rows[rows["data"] == "fer2013"]
    assert set(faces["label"].dropna()) <= set(EXPRESSIONS) and faces["label"].notna().all()
    assert (rows.loc[rows["data"] == "gallery", "label"] == "happy").all()


def test_bytes_are_those_of_the_files(rows, measured):
    codec, described = load_codec("baseline")
    test = measured[0][0]
    part = rows[(rows["method"] == "baseline") & (rows["split"] == "test")]
    for name, face in list(zip(test.names, test.judged, strict=True))[:3]:
        picture = np.repeat(face[..., None], 3, axis=-1)
        for quality_index in (0, 255):
            file = encode(codec, described.fingerprint, picture, quality_index)
            row = part[(part["image"] == name) & (part["quality_index"] == quality_index)].iloc[0]
            assert row["file_bytes"] == file.file_bytes
            assert row["payload_bytes"] == file.payload_bytes
            assert row["bpp"] == pytest.approx(8 * file.file_bytes / 4096)


def test_predictions_and_distortion_can_be_recomputed_from_the_file(rows, measured):
    from core.codec.file_format import decode

    codec, described = load_codec("baseline")
    classifier, _ = load_classifier("base")
    test = measured[0][0]
    picture = np.repeat(test.judged[0][..., None], 3, axis=-1)
    file = encode(codec, described.fingerprint, picture, 255)
    decoded = decode(codec, described.fingerprint, file.payload)
    row = rows[
        (rows["method"] == "baseline")
        & (rows["image"] == test.names[0])
        & (rows["quality_index"] == 255)
    ].iloc[0]
    probability = predict(classifier, as_tensor(decoded[None]))[0]
    assert EXPRESSIONS[int(probability.argmax())] == row["prediction"]
    assert float(probability[EXPRESSIONS.index(row["label"])]) == pytest.approx(
        row["p_true"], abs=1e-3
    )
    assert psnr(picture[None], decoded[None])[0] == pytest.approx(row["psnr"], abs=0.01)


def test_faces_of_a_sheet_share_its_bytes(rows, home):
    part = rows[(rows["method"] == "webp") & (rows["data"] == "fer2013")]
    assert part["sheet"].notna().all() and part["payload_bytes"].isna().all()
    assert (
        part.groupby(["split", "quality_index"], observed=True)["file_bytes"].nunique() == 1
    ).all()
    notes = read_provenance(home / "results" / "webp.parquet").notes["native_faces"]
    assert set(part["coded_height"]) == {48 if notes["native"] else 64}
    assert rows[(rows["method"] == "webp") & (rows["data"] == "gallery")]["sheet"].isna().all()


def test_the_sidecar_names_weights_data_and_command(home, measured):
    made = read_provenance(home / "results" / "baseline.parquet")
    assert made.checkpoints == {id: checkpoints.card(id).fingerprint for id in ("baseline", "base")}
    assert made.data["fer2013/test"] == measured[0][0].fingerprint
    assert made.command == "the command" and made.shipped


def test_a_finished_part_is_not_measured_again(home, measured, monkeypatch):
    pictures, chosen, call = measured

    def fail(task):
        raise AssertionError("measured again")

    monkeypatch.setattr("core.evaluation.measuring.shards.measure", fail)
    running.run(chosen[:1], pictures, **call)
    next((home / "state" / "results").glob("original-fer2013-val-*")).unlink()
    with pytest.raises(AssertionError, match="measured again"):
        running.run(chosen[:1], pictures, **call)
    monkeypatch.undo()
    running.run(chosen[:1], pictures, **call)
    assert not list(home.rglob("*.part"))


def test_one_data_set_is_measured_beside_what_the_table_holds_of_others(home, measured, tmp_path):
    _, chosen, call = measured
    call = call | {"folder": tmp_path}
    running.run(chosen[:2], [labelled_faces(home / "data", "test")], **call)
    faces = read_results(tmp_path)
    running.run(chosen[:2], [gallery()], **call | {"command": "gallery"})
    both = read_results(tmp_path)
    assert set(both["data"]) == {"fer2013", "gallery"}
    pd.testing.assert_frame_equal(
        both[both["data"] == "fer2013"].reset_index(drop=True).astype(faces.dtypes), faces
    )
    made = read_provenance(tmp_path / "baseline.parquet")
    assert made.command == "the command" and set(made.data) == {"fer2013/test", "gallery/test"}
    assert made.notes["added"]["gallery/test"]["command"] == "gallery"
    checkpoint = checkpoints.card("base").fingerprint
    sidecar = tmp_path / "baseline.json"
    sidecar.write_text(sidecar.read_text().replace(checkpoint, "other weights"))
    running.run(chosen[1:2], [gallery()], **call)
    assert set(read_results(tmp_path).query("method == 'baseline'")["data"]) == {"gallery"}


def test_chunks_break_no_sheet_and_lose_nobody():
    face = np.zeros((64, 64), np.uint8)
    names = tuple(map(str, range(709)))
    whole = Pictures(
        "fer2013", "test", names, names, (None,) * 709, (face,) * 709, sheeted=True
    )  # fmt: skip
    parts = list(whole.chunks())
    assert [part.first for part in parts] == [0, 256, 512]
    assert sum((part.names for part in parts), ()) == names
    whole = whole.part(0, 261)
    assert [len(part) for part in whole.chunks()] == [261]
    coded = next(classic("webp", whole.part(64, 197), settings=[0]))
    assert sorted(set(coded.sheets)) == [1, 2, 3]


def test_native_coding_is_chosen_where_it_costs_less(measured):
    better, evidence = native_is_better("jpeg", measured[0][1])
    assert better == evidence["native"] == (evidence["bd_rate_of_native"] < 0)
    assert native_is_better("jpeg", measured[0][2]) == (False, {})


def test_the_command_line_compares_and_sums_up(home, measured, capsys):
    where = ["--results", str(home / "results")]
    ask = ["bd", "--reference", "webp", "--method", "baseline", "--quality", "psnr"]
    assert main([*ask, "--json", "-", "--resamples", "50", *where]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    for key in ("gamma", "chosen", "bd_rate", "bd_quality", "overlap", "monotone", "low", "high"):
        assert key in found
    assert found["images"] == FACES
    assert main(["summary", *where]) == 0
    printed = capsys.readouterr().out
    assert "| base |" in printed and "| baseline |" in printed


def test_a_sidecar_tells_the_command_but_no_folder_of_its_maker(home, tmp_path):
    data, ask = str(home / "data"), ["run", "--methods", "jpeg", "--limit", "2", "--val", "0"]
    assert main([*ask, "--workers", "1", "--data", data, "--results", str(tmp_path)]) == 0
    command = read_provenance(tmp_path / "jpeg.parquet").command
    assert "--methods jpeg" in command and "--data DATA" in command and data not in command


def test_cases_pair_every_codec_with_its_classifier(home, monkeypatch):
    cards = [
        card("base", "classifier", "base", {}),
        card("joint-1-reader", "classifier", "joint", {}, gamma=1.0),
        card("control", "classifier", "control", {}),
        card("jpeg-reader", "classifier", "jpeg", {}),
        card("baseline", "codec", "baseline", {}),
        card("joint-1", "codec", "joint", {}, gamma=1.0, classifier="joint-1-reader"),
    ]
    monkeypatch.setattr(
        checkpoints, "cards", lambda kind=None: [c for c in cards if kind in (None, c.kind)]
    )
    found = {s.name: s for s in cases()}
    assert found["joint-1"].classifier == "joint-1-reader" and found["joint-1"].gamma == 1
    assert (found["control"].codec, found["control"].classifier) == ("baseline", "control")
    assert found["jpeg"].classifier == "base"
    assert found["jpeg-jpeg-reader"].classifier == "jpeg-reader"
    assert found["original-control"].codec is None
    assert [s.name for s in cases(["joint"])] == ["joint-1"]
    with pytest.raises(InputError, match="'bpg'"):
        cases(["bpg"])


def test_a_run_over_two_processes_gives_the_same_rows(home, measured, rows):
    pictures, chosen, call = measured
    call = {**call, "workers": 2, "folder": home / "again", "fresh": True}
    running.run([chosen[0]], [pictures[2]], **call)
    again = read_results(home / "again")
    before = rows[(rows["method"] == "original") & (rows["data"] == "gallery")]
    pd.testing.assert_series_equal(
        again["prediction"].astype(str), before["prediction"].astype(str), check_index=False
    )


@pytest.mark.slow
def test_a_cluster_gives_the_same_rows_also_when_a_worker_is_killed(home, measured, rows):
    from distributed import LocalCluster

    pictures, chosen, call = measured
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        kill_one, killed = killer_of(cluster)
        call = {**call, "folder": home / "cluster", "fresh": True, "progress": kill_one}
        running.run(chosen, pictures, **call, scheduler=cluster.scheduler_address)
    assert killed
    there = read_results(home / "cluster")
    assert len(there) == len(rows)
    keys = ["data", "split", "image", "method", "quality_index"]
    told = [*keys, "file_bytes", "payload_bytes", "prediction", "psnr", "p_true"]
    first, again = (
        table[told].astype({key: str for key in keys}).sort_values(keys, ignore_index=True)
        for table in (rows, there)
    )
    pd.testing.assert_frame_equal(first, again)


def test_matched_points_join_the_table_until_the_weights_are_others(home, measured, capsys):
    pictures, _, call = measured
    tuned = ExpressionClassifier()
    checkpoints.save(tuned, card("control", "classifier", "control", {"classes": 7}))
    codec = VariableRateCodec(8, 12)
    made = card("joint-g1", "codec", "joint", {"N": 8, "M": 12}, classifier="base", gamma=1.0)
    checkpoints.save(codec, made)
    chosen = cases(["baseline", "control", "joint"])
    call = {**call, "folder": home / "matched"}
    running.run(chosen, [pictures[0]], **call)
    rows = read_results(home / "matched")
    bpp = rows.groupby(["method", "quality_index"], observed=True)["bpp"].mean().unstack()
    rate = float(np.sqrt(bpp.min(axis=1).max() * bpp.max(axis=1).min()))
    where = ["--results", str(home / "matched")]
    ask = ["match", "--data", str(home / "data"), "--methods", "baseline", "control", "joint"]
    assert main([*ask, "--bpp", f"{rate:.5f}", "50", "--workers", "1", *where]) == 0
    assert "50 bpp is left out" in capsys.readouterr().err
    more = read_results(home / "matched")
    new = more[~more["quality_index"].isin([0, 128, 255])]
    assert len(new) == 3 * FACES and new["quality_index"].nunique() <= 2
    same = new[new["method"] != "joint"]
    assert same["quality_index"].nunique() == 1
    assert (
        main(["mcnemar", "--first", "control", "--second", "baseline", "--json", "-", *where]) == 0
    )
    found = json.loads(capsys.readouterr().out)
    assert {each["first_index"] for each in found} == set(same["quality_index"]) | {0, 128, 255}
    assert all(each["rate_difference"] == 0 for each in found)
    running.run(cases(["joint"]), [pictures[0]], **call)
    assert len(read_results(home / "matched")) == len(more)
    checkpoints.save(VariableRateCodec(8, 12), made, replace=True)
    running.run(cases(["joint"]), [pictures[0]], **call)
    left = read_results(home / "matched")
    assert set(left.loc[left["method"] == "joint", "quality_index"]) == {0, 128, 255}
    assert len(left) == len(more) - FACES


def test_new_weights_under_an_old_name_are_the_ones_that_judge(home, tmp_path, monkeypatch):
    read = []
    for seed in (1, 2):
        monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(tmp_path / str(seed)))
        monkeypatch.setenv("EXPRESSRATE_STATE", str(tmp_path / f"state{seed}"))
        torch.manual_seed(seed)
        checkpoints.save(ExpressionClassifier(), card("base", "classifier", "base", {"classes": 7}))
        faces = labelled_faces(home / "data", "test")
        folder = tmp_path / f"results{seed}"
        running.run(cases(["original"]), [faces], points=2, workers=1, folder=folder)
        read.append(read_results(folder)["p_true"].to_numpy())
    assert not np.allclose(*read)


@pytest.mark.slow
@looks_into_proc
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_the_commands_workers_end_with_it_however_it_ends(home, tmp_path, how):
    command = [sys.executable, "-m", "core.evaluation", "run", "--data", str(home / "data")]
    command += ["--methods", "baseline", "jpeg", "--workers", "2", "--fresh", "--val", "2"]
    assert survivors([*command, "--results", str(tmp_path)], how, processes=1) == []
