"""What ships is what was described, and rows of the table come out the same when done again."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from core import checkpoints
from core.codec.network import VariableRateCodec
from core.evaluation.__main__ import main
from core.evaluation.claims import recompute, verify
from core.evaluation.claims.second_readings import read_again
from core.evaluation.measuring import run as running
from core.evaluation.measuring.cases import cases
from core.evaluation.measuring.pictures import gallery
from core.evaluation.measuring.readings import ReadingsCard, readings_folder, write_readings
from core.evaluation.measuring.rereading import readings_of
from core.evaluation.measuring.table import read_results, read_rows, results_folder, write_rows
from core.recognition import ExpressionClassifier, find_classifier
from tests.paths import ROOT


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Tiny checkpoints, a gallery of two pictures and their table, made once."""
    folder = tmp_path_factory.mktemp("made")
    rng = np.random.default_rng(0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPRESSRATE_CHECKPOINTS", str(folder))
        patch.setenv("EXPRESSRATE_STATE", str(tmp_path_factory.mktemp("state")))
        torch.manual_seed(0)
        common = {"config": {}, "seed": 0, "data": "", "command": "", "version": "0"}
        checkpoints.save(
            ExpressionClassifier(),
            checkpoints.Card("base", "classifier", "base", {"classes": 7}, **common),
        )
        checkpoints.save(
            VariableRateCodec(8, 12),
            checkpoints.Card(
                "baseline", "codec", "baseline", {"N": 8, "M": 12}, classifier="base", **common
            ),
        )
        faces = folder / "gallery"
        faces.mkdir()
        listed = []
        for name in ("a.png", "b.png"):
            coarse = Image.fromarray(rng.integers(0, 256, (6, 6, 3)).astype(np.uint8))
            coarse.resize((64, 64), Image.Resampling.BICUBIC).save(faces / name)
            listed.append({"file": name, "label": "happy"})
        (faces / "gallery.json").write_text(json.dumps(listed))
        chosen = cases(["original", "baseline", "jpeg"])
        running.run(chosen, [gallery()], points=2, workers=1)
    return folder


@pytest.fixture
def shipped(made, tmp_path, monkeypatch):
    """A copy of all of it, to be damaged."""
    import shutil

    folder = tmp_path / "checkpoints"
    shutil.copytree(made, folder)
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(folder))
    return folder


def flip(path, place=-1):
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


def failed():
    return {check.file: check.text for check in verify.check_files() if not check.passed}


def doctor(shipped, name, **changes):
    """Change a row and make the table's sidecar fit, as a forger would."""
    path = results_folder() / f"{name}.parquet"
    rows = read_rows([path])
    row = rows.index[rows["image"] == "b.png"][-1]
    for column, change in changes.items():
        rows[column] = rows[column].astype(object)
        rows.loc[row, column] = change(rows.loc[row, column])
    write_rows(rows, path)
    sidecar = json.loads(path.with_suffix(".json").read_text())
    sidecar["sha256"] = checkpoints.fingerprint(path)
    path.with_suffix(".json").write_text(json.dumps(sidecar))


def test_whole_files_pass(shipped):
    checks = verify.check_files()
    assert {check.file for check in checks} >= {"base.safetensors", "baseline.safetensors"}
    assert not failed()


def test_a_flipped_byte_in_a_weights_file_is_found(shipped):
    flip(shipped / "baseline.safetensors")
    assert list(failed()) == ["baseline.safetensors"]
    assert main(["verify"]) == 1


def test_a_flipped_byte_in_a_table_is_found(shipped):
    flip(results_folder() / "jpeg.parquet", 100)
    assert list(failed()) == ["jpeg.parquet"]


def test_missing_and_orphaned_files_are_found(shipped):
    (shipped / "base.safetensors").rename(shipped / "other.safetensors")
    (results_folder() / "jpeg.json").unlink()
    (shipped / "wrong.json").write_text("{}")
    assert set(failed()) == {"base.safetensors", "other.safetensors", "jpeg.parquet", "wrong.json"}


def test_a_table_of_other_weights_is_found(shipped):
    card = checkpoints.card("baseline")
    codec = VariableRateCodec(8, 12)
    checkpoints.save(codec, card, replace=True)
    assert "other weights of baseline" in failed()["baseline.parquet"]


@pytest.mark.parametrize("name", ["cohort/conclusion.json", "gallery/drift.json"])
def test_a_changed_clip_of_a_shipped_document_and_other_weights_are_found(shipped, name):
    document = shipped / name
    document.parent.mkdir(exist_ok=True)
    clip = document.with_name("a.mp4")
    clip.write_bytes(b"clip")
    made = {
        "version": "0",
        "command": "python -m core.bridge drift a.mp4",
        "clips": [{"file": "a.mp4", "sha256": checkpoints.fingerprint(clip)}],
        "weights": {"base": checkpoints.card("base").fingerprint},
    }
    document.write_text(json.dumps(made))
    assert not failed()
    document.write_text(json.dumps(made | {"weights": {"base": "0"}}))
    assert "other weights of base" in failed()[name]
    document.write_text(json.dumps(made))
    flip(clip)
    assert "a.mp4 is not the clip" in failed()[name]
    document.write_text("{")
    assert "no clips" in failed()[name]


def test_every_point_comes_out_the_same_when_done_again(shipped):
    found = recompute.points(read_results())
    assert {point.case.name for point in found} == {"original", "baseline", "jpeg"}
    chosen = recompute.spread(found, 2)
    assert len(chosen) == 1 + 2 + 2
    for point in chosen:
        again = recompute.recompute(point, gallery())
        assert again.passed and again.count(recompute.SAME) == 2, (point.case.name, again.rows)


def test_a_doctored_row_is_found(shipped, capsys):
    doctor(shipped, "baseline", file_bytes=lambda value: value + 1)
    assert not failed()
    assert main(["verify", "--methods", "baseline"]) == 1
    assert "b.png" in capsys.readouterr().out


def test_a_doctored_prediction_is_found(shipped):
    doctor(shipped, "original", prediction=lambda now: "fear" if now != "fear" else "sad")
    (point,) = recompute.points(read_results(), methods=["original"])
    again = recompute.recompute(point, gallery())
    assert (again.count(recompute.DIFFERS), again.count(recompute.SAME)) == (1, 1)
    kept = recompute.recompute(point, gallery(), tolerance=4)
    tie = kept.rows.set_index("image").loc["b.png", "margin"] < recompute.NEAR_TIE
    assert kept.passed == tie, "a tolerance forgives ties, never a plain difference"


def test_other_pixels_are_counted_apart_and_do_not_fail(shipped):
    picture = np.full((64, 64, 3), 99, np.uint8)
    Image.fromarray(picture).save(shipped / "gallery" / "b.png")
    (point,) = recompute.points(read_results(), methods=["original"])
    again = recompute.recompute(point, gallery())
    assert again.passed
    assert (again.count(recompute.OTHER), again.count(recompute.SAME)) == (1, 1)


def test_progress_is_told_and_may_stop_the_work(shipped):
    (point,) = recompute.points(read_results(), methods=["original"])

    def quality_index(done, total, text):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        recompute.recompute(point, gallery(), progress=quality_index)


def test_the_command_passes_and_says_so_without_a_table(shipped, capsys):
    assert main(["verify", "--points", "1"]) == 0
    assert "baseline at 0: 2 same" in capsys.readouterr().out
    for path in results_folder().iterdir():
        path.unlink()
    assert main(["verify"]) == 0
    assert "no table of results yet" in capsys.readouterr().out


def test_rows_of_weights_that_do_not_ship_are_passed_over(shipped):
    path = results_folder() / "jpeg.json"
    sidecar = json.loads(path.read_text())
    path.write_text(json.dumps(sidecar | {"shipped": False}))
    assert {p.case.name for p in recompute.points(read_results())} == {"original", "baseline"}


def with_strangers(folder):
    """The strangers that ship, beside tiny checkpoints."""
    import shutil

    shutil.copytree(ROOT / "checkpoints" / "strangers", folder / "strangers")
    return find_classifier("fer")


def write_fer_readings(fer, change=0.0):
    """What the stranger reads on the gallery's originals; ``change``: of the true class's probability."""
    pictures = gallery()
    rows = readings_of(pictures.names, pictures.labels, fer.read(pictures.judged), fer.id)
    rows = rows.assign(data=pictures.data, split=pictures.split, method="original", gamma=np.nan,
                       seed=None, quality_index=np.nan, p_true=rows["p_true"] + change)  # fmt: skip
    card = ReadingsCard("v", "", {}, {fer.id: fer.fingerprint}, {})
    return write_readings(rows.astype({"seed": "Int16"}), "original", card)


def outcome_of(name):
    return next(check for check in verify.check_files() if check.file == name)


def test_a_changed_stranger_is_told(shipped):
    with_strangers(shipped)
    assert outcome_of("strangers/fer").passed and outcome_of("strangers/face-api").passed
    flip(shipped / "strangers" / "fer.tflite")
    assert not outcome_of("strangers/fer").passed and outcome_of("strangers/face-api").passed


def test_changed_readings_and_other_readers_are_told(shipped):
    fer = with_strangers(shipped)
    path = write_fer_readings(fer)
    assert outcome_of("readers/original.parquet").passed
    flip(path)
    assert "SHA-256" in outcome_of("readers/original.parquet").text
    path.unlink()
    write_fer_readings(fer)
    sidecar = readings_folder() / "original.json"
    sidecar.write_text(sidecar.read_text().replace(fer.fingerprint, "0" * 64))
    assert "other weights of fer" in outcome_of("readers/original.parquet").text
    sidecar.unlink()
    assert "sidecar" in outcome_of("readers/original.parquet").text


def test_changed_mean_faces_are_told(shipped):
    import shutil

    shutil.copytree(ROOT / "checkpoints" / "label", shipped / "label")
    assert "another base classifier" in outcome_of("label/mean-faces.png").text
    card = json.loads((shipped / "label" / "label.json").read_text())
    card["classifier"] = checkpoints.card("base").fingerprint
    (shipped / "label" / "label.json").write_text(json.dumps(card))
    assert outcome_of("label/mean-faces.png").passed
    flip(shipped / "label" / "mean-faces.png")
    assert not outcome_of("label/mean-faces.png").passed


def test_strangers_read_again_what_the_table_says(shipped):
    fer = with_strangers(shipped)
    write_fer_readings(fer)
    (same,) = read_again(gallery(), images=2)
    assert same.passed and same.pictures == 2 and same.table == "original"
    write_fer_readings(fer, change=0.2)
    (changed,) = read_again(gallery(), images=2)
    assert len(changed.different) == 2 and not changed.passed
