import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.codec.__main__ import main
from core.codec.file_format import decode, encode
from core.codec.pictures import png, read_picture
from tests.paths import ROOT

pytestmark = pytest.mark.usefixtures("checkpoint_folder")


@pytest.fixture
def face(tmp_path, picture):
    path = tmp_path / "face.png"
    path.write_bytes(png(picture))
    return path


def run(*arguments) -> int:
    return main([str(argument) for argument in arguments])


def complaint(capsys, *arguments) -> str:
    """The one sentence of a command that must fail and leave nothing behind."""
    folder = Path(arguments[-1]).parent if arguments[0] != "info" else None
    before = sorted(folder.iterdir()) if folder and folder.is_dir() else None
    assert run(*arguments) == 2
    if before is not None:
        assert sorted(folder.iterdir()) == before
    message = capsys.readouterr().err.strip()
    assert message and "\n" not in message
    return message


def test_a_face_goes_there_and_back(face, tmp_path, baseline, picture):
    assert run("encode", face, tmp_path / "face.xpr", "--quality", "0.6") == 0
    file = (tmp_path / "face.xpr").read_bytes()
    assert file == encode(*baseline, picture, 153).payload
    assert run("decode", tmp_path / "face.xpr", tmp_path / "back.png") == 0
    assert np.array_equal(read_picture(tmp_path / "back.png"), decode(*baseline, file))


def test_another_process_writes_and_reads_the_same_bytes(face, tmp_path, shelf, baseline, picture):
    environment = {**os.environ, "EXPRESSRATE_CHECKPOINTS": str(shelf), "OMP_NUM_THREADS": "2"}
    command = [sys.executable, "-m", "core.codec", "encode", str(face), str(tmp_path / "a.xpr")]
    subprocess.run(command, check=True, env=environment, cwd=ROOT)
    assert (tmp_path / "a.xpr").read_bytes() == encode(*baseline, picture, 128).payload


def test_the_checkpoint_is_found_by_the_fingerprint(face, tmp_path, other):
    run("encode", face, tmp_path / "face.xpr", "--checkpoint", "other")
    assert run("decode", tmp_path / "face.xpr", tmp_path / "back.png") == 0
    file = (tmp_path / "face.xpr").read_bytes()
    assert np.array_equal(read_picture(tmp_path / "back.png"), decode(*other, file))


def test_info_itemises_the_bytes(face, tmp_path, baseline, capsys):
    run("encode", face, tmp_path / "face.xpr", "--quality", "0.5")
    assert run("info", tmp_path / "face.xpr") == 0
    info = json.loads(capsys.readouterr().out)
    size = (tmp_path / "face.xpr").stat().st_size
    parts = info["bytes"]
    assert info["checkpoint"] == "baseline" and info["fingerprint"] == baseline[1]
    assert (info["width"], info["height"], info["quality_index"]) == (64, 64, 128)
    assert parts["file"] == size == parts["header"] + parts["payload"]
    assert parts["header"] == sum(parts["header_parts"].values())
    assert abs(parts["payload"] - parts["z_estimated"] - parts["y_estimated"]) < 3
    assert info["file_bpp"] == 8 * size / 4096


def test_a_target_rate_is_kept(face, tmp_path, baseline, picture):
    target = encode(*baseline, picture, 77).file_bpp
    assert run("encode", face, tmp_path / "face.xpr", "--target-bpp", target) == 0
    assert 8 * (tmp_path / "face.xpr").stat().st_size / 4096 <= target


def test_an_unreachable_rate_names_the_lowest(face, tmp_path, capsys, baseline, picture):
    lowest = encode(*baseline, picture, 0).file_bpp
    message = complaint(capsys, "encode", face, "--target-bpp", lowest / 3, tmp_path / "f.xpr")
    named = re.search(r"at least ([\d.]+) bits", message)[1]
    assert lowest <= float(named) < lowest + 1e-4
    assert run("encode", face, "--target-bpp", named, tmp_path / "f.xpr") == 0


def test_a_text_file_renamed_png_is_refused(tmp_path, capsys):
    (tmp_path / "text.png").write_text("not a face")
    assert "text.png" in complaint(capsys, "encode", tmp_path / "text.png", tmp_path / "f.xpr")


@pytest.mark.parametrize(
    "option", ["--quality=-0.1", "--quality=1.1", "--quality=nan", "--target-bpp=0"]
)
def test_a_quality_or_rate_off_the_scale_is_refused(face, tmp_path, capsys, option):
    with pytest.raises(SystemExit) as stopped:
        run("encode", face, option, tmp_path / "f.xpr")
    assert stopped.value.code == 2 and "is not a number" in capsys.readouterr().err


def test_an_unknown_checkpoint_is_refused_with_the_known_ones(face, tmp_path, capsys):
    message = complaint(capsys, "encode", face, "--checkpoint", "gone", tmp_path / "f.xpr")
    assert "gone" in message and "baseline" in message


def test_a_file_of_a_checkpoint_that_is_not_here_is_refused(
    face, tmp_path, other, picture, capsys, monkeypatch
):
    (tmp_path / "face.xpr").write_bytes(encode(*other, picture, 9).payload)
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(tmp_path / "empty"))
    message = complaint(capsys, "decode", tmp_path / "face.xpr", tmp_path / "back.png")
    assert other[1][:4] in message


def test_a_damaged_file_is_refused_by_every_command(face, tmp_path, capsys):
    run("encode", face, tmp_path / "face.xpr")
    file = (tmp_path / "face.xpr").read_bytes()
    (tmp_path / "face.xpr").write_bytes(file[:-1])
    assert "damaged" in complaint(capsys, "decode", tmp_path / "face.xpr", tmp_path / "b.png")
    assert "damaged" in complaint(capsys, "info", tmp_path / "face.xpr")


def test_a_target_that_would_destroy_something_is_refused(face, tmp_path, capsys):
    before = face.read_bytes()
    assert "must end" in complaint(capsys, "encode", face, face)
    (tmp_path / "link.xpr").symlink_to(face)
    assert "the source itself" in complaint(capsys, "encode", face, tmp_path / "link.xpr")
    assert face.read_bytes() == before
    run("encode", face, tmp_path / "face.xpr")
    assert "must end" in complaint(capsys, "decode", tmp_path / "face.xpr", tmp_path / "face.bmp")
    os.mkfifo(tmp_path / "pipe.xpr")
    with pytest.raises(SystemExit):
        run("encode", face, tmp_path / "pipe.xpr")
    assert "pipe" in capsys.readouterr().err


def test_a_file_that_is_replaced_keeps_its_mode_and_stays_a_link(face, tmp_path):
    (tmp_path / "real.xpr").write_bytes(b"earlier")
    (tmp_path / "real.xpr").chmod(0o600)
    (tmp_path / "link.xpr").symlink_to(tmp_path / "real.xpr")
    (tmp_path / "real.xpr.part").write_text("somebody else's")
    assert run("encode", face, tmp_path / "link.xpr") == 0
    assert (tmp_path / "link.xpr").is_symlink()
    assert (tmp_path / "real.xpr").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "real.xpr").read_bytes().startswith(b"\xf9")
    assert (tmp_path / "real.xpr.part").read_text() == "somebody else's"


def test_the_help_does_not_load_the_network():
    code = "import sys, core.codec.__main__ as m; m._parser(); print('torch' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert told.stdout.strip() == "False"


def test_a_wrong_command_ends_with_two():
    with pytest.raises(SystemExit) as stopped:
        main(["encode"])
    assert stopped.value.code == 2


# -- many pictures --------------------------------------------------------------------------------


@pytest.fixture
def album(tmp_path, picture):
    folder = tmp_path / "in"
    folder.mkdir()
    for i, name in enumerate(("b.png", "a.PNG", "c.jpg")):
        (folder / name).write_bytes(png(np.roll(picture, 9 * i, axis=0)))
    (folder / "notes.txt").write_text("no picture")
    (folder / "._b.png").write_text("no picture either")
    return folder


def test_a_folder_goes_there_and_back(album, tmp_path, baseline, picture, capsys):
    assert run("encode", album, tmp_path / "faces.xpr", "--quality", "0.2", "--names") == 0
    assert run("decode", tmp_path / "faces.xpr", tmp_path / "out") == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.png", "b.png", "c.png"]
    alone = decode(*baseline, encode(*baseline, picture, 51).payload)
    assert np.array_equal(read_picture(tmp_path / "out" / "b.png"), alone)
    capsys.readouterr()
    assert run("info", tmp_path / "faces.xpr") == 0
    info = json.loads(capsys.readouterr().out)
    assert info["pictures"] == 3 and [each["name"] for each in info["each"]] == ["a", "b", "c"]
    assert info["bytes"]["file"] == (tmp_path / "faces.xpr").stat().st_size
    message = complaint(capsys, "decode", tmp_path / "faces.xpr", tmp_path / "out")
    assert "there already" in message


def test_without_names_pictures_are_numbered_in_order(album, tmp_path, baseline, picture):
    assert run("encode", album, tmp_path / "faces.xpr") == 0
    assert run("decode", tmp_path / "faces.xpr", tmp_path / "out") == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["1.png", "2.png", "3.png"]
    alone = decode(*baseline, encode(*baseline, picture, 128).payload)
    assert np.array_equal(read_picture(tmp_path / "out" / "2.png"), alone)


def test_what_cannot_be_read_stops_the_work_or_is_left_out(album, tmp_path, capsys):
    (album / "broken.png").write_text("no picture")
    assert "broken.png" in complaint(capsys, "encode", album, tmp_path / "faces.xpr")
    assert run("encode", album, tmp_path / "faces.xpr", "--keep-going") == 0
    assert "Left out: broken.png" in capsys.readouterr().err


def test_a_damaged_picture_is_named_and_the_others_are_written(album, tmp_path, capsys):
    run("encode", album, tmp_path / "faces.xpr", "--names")
    file = bytearray((tmp_path / "faces.xpr").read_bytes())
    file[-20] ^= 255
    (tmp_path / "faces.xpr").write_bytes(file)
    capsys.readouterr()
    assert "Picture 3 (c)" in complaint(capsys, "decode", tmp_path / "faces.xpr", tmp_path / "out")
    assert run("decode", tmp_path / "faces.xpr", tmp_path / "out", "--keep-going") == 0
    assert "Picture 3 (c)" in capsys.readouterr().err
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.png", "b.png"]


def test_a_folder_without_pictures_is_refused(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert "no picture" in complaint(capsys, "encode", tmp_path / "empty", tmp_path / "f.xpr")
