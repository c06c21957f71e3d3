"""``training all``: shares of the time, resuming, folders, and from nothing to weights that load."""

import argparse
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from core import checkpoints
from core.codec.loading import load_codec
from core.errors import InputError
from core.face.units.calibrated import load_stack
from core.recognition import load_classifier
from core.training import everything, timed_units
from core.training.__main__ import main
from core.training.compiling import compile_in_place
from core.training.loop import Diverged
from core.training.plan import LEAST_SECONDS, NETS, allot, chosen, claim_folders
from core.training.timed_units import UnitsTraining
from tests.core.drawn_faces import drawn_faces
from tests.paths import DATA, ROOT


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """A folder of data sets: drawn faces as class folders, noise as natural pictures."""
    folder = tmp_path_factory.mktemp("data")
    faces = drawn_faces()
    for pixels, label, split, name in zip(
        faces.pixels, faces.labels, faces.splits, faces.names, strict=True
    ):
        path = folder / "fer2013" / split / faces.classes[label] / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path)
    (folder / "bsds500").mkdir()
    for number in range(3):
        coarse = np.random.default_rng(number).integers(0, 255, (10, 15, 3)).astype(np.uint8)
        picture = Image.fromarray(coarse).resize((240, 160), Image.Resampling.BICUBIC)
        picture.save(folder / "bsds500" / f"train_{number}.webp")
    return folder


def test_the_shares_of_all_nets_are_the_whole_and_the_beginnings_come_first():
    assert sum(net.share for net in NETS) == pytest.approx(1)
    assert [net.id for net in NETS[:2]] == ["base", "baseline"]
    assert len({net.id for net in NETS}) == len(NETS)


def test_time_goes_by_share_and_nets_with_too_little_are_left_out_from_the_end():
    found = allot(NETS, 1000)
    assert found["baseline"] == pytest.approx(380) and len(found) == len(NETS)
    found = allot(NETS, 30)
    assert len(found) < len(NETS) and list(found) == [net.id for net in NETS[: len(found)]]
    assert min(found.values()) >= LEAST_SECONDS and sum(found.values()) == pytest.approx(30)
    found = allot(NETS, 30, writing=2)
    assert sum(found.values()) == pytest.approx(30 - 2 * len(found))
    assert list(allot(NETS, -5)) == ["base"], "the first is never left out"
    assert allot([], 10) == {}


def test_only_names_nets_by_id_or_method():
    assert [net.id for net in chosen(["control", "joint-g2"])] == ["control", "joint-g2"]
    assert len(chosen(["joint"])) == 4 and chosen(None) == NETS
    with pytest.raises(InputError, match="known are"):
        chosen(["joint", "everything"])


@pytest.fixture
def environment(monkeypatch):
    """The environment as it was, whatever the command claims."""
    with monkeypatch.context() as patch:
        for name, value in list(os.environ.items()):
            patch.setenv(name, value)
        before = dict(os.environ)
        yield
        for name in set(os.environ) - set(before):
            del os.environ[name]
    sys.dont_write_bytecode = False


def test_a_folder_that_cannot_be_used_is_refused(tmp_path, environment):
    (tmp_path / "file").write_text("")
    given = argparse.Namespace(out=str(tmp_path / "file" / "x"), state=str(tmp_path / "s"))
    with pytest.raises(InputError, match="cannot be used"):
        claim_folders(given)


@pytest.mark.parametrize(
    "options", [["--minutes", "0"], ["--minutes", "nan"], [], ["--minutes", "1", "--only", "x"],
                ["--minutes", "1", "--N", "512", "--M", "512"], ["--minutes", "1", "--device", "tpu"]]
)  # fmt: skip
def test_what_cannot_be_done_is_refused_before_the_data_is_read(
    options, tmp_path, environment, monkeypatch, capsys
):
    monkeypatch.setattr("core.training.everything.read_faces", None)
    try:
        code = main(["all", *options, "--data", str(tmp_path), "--state", str(tmp_path / "s")])
    except SystemExit as error:
        code = error.code
    assert code == 2 and "Traceback" not in capsys.readouterr().err


def run_all(data, tmp_path, *options, check=True):
    """The command in a process of its own, with a home that cannot be written."""
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    home.chmod(0o500)
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("EXPRESSRATE")
    }
    command = [
        sys.executable, "-B", "-m", "core.training", "all", "--data", str(data), "--N", "16", "--M",
        "24", "--faces", "4", "--out", str(tmp_path / "out"), "--state", str(tmp_path / "state"),
        "--threads", "1", *options,
    ]  # fmt: skip
    return subprocess.run(
        command, check=check, cwd=ROOT, capture_output=True, text=True,
        env=environment | {"HOME": str(home), "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


@pytest.mark.slow
def test_from_nothing_to_weights_that_load_and_again_for_what_was_left(
    data, tmp_path, environment, monkeypatch, capsys
):
    out, wanted = tmp_path / "out", ("base", "baseline", "control", "joint-g0.2", "codec-g0.2")
    done = run_all(data, tmp_path, "--minutes", "0.4", "--only", *wanted)
    assert "ready after" in done.stderr and (out / "base.json").is_file()
    assert not list((tmp_path / "home").iterdir()), "nothing is written at home"
    options = ["--data", str(data), "--N", "16", "--M", "24", "--faces", "4", "--out", str(out)]
    options += ["--state", str(tmp_path / "state"), "--minutes", "0.2", "--only", *wanted]
    for left in range(len(wanted)):  # each run finishes one net at least
        known = len(list(out.glob("*.json")))
        assert main(["all", *options]) == 0
        if "nothing is left to do" in capsys.readouterr().err:
            break
        assert len(list(out.glob("*.json"))) > known, left
    else:
        assert main(["all", *options]) == 0
        assert "nothing is left to do" in capsys.readouterr().err
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(out))
    noted = json.loads((out / "training.json").read_text())
    for id in ("baseline", "joint-g0.2", "codec-g0.2"):
        codec, card = load_codec(id)
        assert codec.N == 16 and card.config["steps"] == noted[id]["steps"] >= 1
        assert (out / f"{id}.jsonl").is_file()
        for value in codec.state_dict().values():
            assert torch.isfinite(value.float()).all()
    for id in ("base", "control", "joint-g0.2-classifier"):
        load_classifier(id)
    assert checkpoints.card("joint-g0.2").gamma == 0.2
    assert checkpoints.card("baseline").data == checkpoints.card("base").data != ""


@pytest.fixture
def data_of_units(data, tmp_path) -> Path:
    """The folder of data sets with the morphable face and a photograph of each split."""
    folder = tmp_path / "data"
    shutil.copytree(data, folder)
    (folder / "ict_facekit").symlink_to(DATA / "ict_facekit")
    (folder / "video").mkdir()
    (folder / "video" / "clip.mp4").symlink_to(DATA / "video" / "single_face.mp4")
    (folder / "london").mkdir()
    for person in ("001", "100", "122"):
        for look in ("neutral", "smiling"):
            name = f"{person}_{look}.jpg"
            (folder / "london" / name).symlink_to(DATA / "london" / name)
    return folder


@pytest.mark.slow
@pytest.mark.skipif(
    not all((DATA / name).is_dir() for name in ("ict_facekit", "london", "video")),
    reason="wants the morphable face, photographs and a clip",
)
def test_action_units_are_learned_from_faces_that_were_made_beside_the_rest(
    data_of_units, tmp_path, monkeypatch
):
    """Shots of all kinds in processes of their own, then estimators and a stack that fit each other."""
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(tmp_path / "out"))
    short = replace(timed_units._QUICK, mapped_steps=60, stack_steps=20)
    monkeypatch.setattr(timed_units, "_QUICK", short)
    state = tmp_path / "state"
    with UnitsTraining(data_of_units, state, part=0.005, jobs=2) as units:
        assert units.ready(1200)
        cards = units.learn(4.0, state / "action-units.safetensors", "cpu", "the command")
    assert [card.id for card in cards] == ["action-units", "action-units-stack"]
    stack = load_stack()
    assert (
        stack.card.config["fitted_on"] == cards[0].fingerprint == stack.estimators.card.fingerprint
    )
    assert not any(stack.validated.values()), "nothing is validated by a training"
    kinds = {"-".join(p.name.split("-")[:2]) for p in (state / "unit-shots").iterdir()}
    assert {"render-train", "render-val", "odd-val", "label-train"} <= kinds


def test_action_units_whose_faces_are_not_made_in_time_are_left_for_the_next_call(tmp_path, capsys):
    run, tried = everything._Run.__new__(everything._Run), []
    run.state, run.scale = tmp_path, everything.CARD
    run._train = lambda net, length, scale: tried.append(net.id)
    for ready in (False, True):
        run.units = SimpleNamespace(ready=lambda seconds, ready=ready: ready)
        run.train(NETS[-1], 10.0)
        assert tried == (["action-units"] if ready else [])
    assert "not made yet" in capsys.readouterr().err


def test_action_units_are_left_out_where_their_faces_cannot_be_made(data, capsys):
    assert [net.id for net in NETS if not everything._has_faces(data, net)] == ["action-units"]
    assert "no morphable face" in capsys.readouterr().err


def test_a_net_that_diverges_is_trained_once_more_gentler(monkeypatch, tmp_path):
    run = everything._Run.__new__(everything._Run)
    run.state, seen = tmp_path, []

    def train(net, length, scale):
        seen.append((length.seconds, scale.rate))
        if len(seen) == 1:
            (tmp_path / f"{net.id}.safetensors").write_bytes(b"")
            raise Diverged("no number")

    run._train, run.scale = train, everything.CARD
    run.train(NETS[1], 10.0)
    assert seen == [(10.0, everything.CARD.rate), (5.0, everything.CARD.rate / 3)]
    assert not list(tmp_path.iterdir())


def test_a_module_that_cannot_be_compiled_stays_as_it_is_and_says_so(monkeypatch):
    module = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4))
    kept = {name: value.clone() for name, value in module.state_dict().items()}

    def broken(self, *_, **__):
        raise RuntimeError("no compiler\nand more")

    monkeypatch.setattr(torch.nn.Module, "compile", broken)
    said = []
    assert not compile_in_place("analysis", module, torch.rand(2, 3, 8, 8), said.append)
    assert said == ["analysis: not compiled (no compiler)"]
    for name, value in module.state_dict().items():
        assert torch.equal(value, kept[name]), name
    assert all(p.grad is None for p in module.parameters())


def test_a_compiled_module_that_gives_something_else_is_not_kept(monkeypatch):
    module = torch.nn.Conv2d(3, 4, 3)

    def wrong(self, *_, **__):
        self._compiled_call_impl = lambda x: 2 * torch.nn.Conv2d.forward(self, x)

    monkeypatch.setattr(torch.nn.Module, "compile", wrong)
    said = []
    x = torch.rand(2, 3, 8, 8)
    before = module(x)
    assert not compile_in_place("analysis", module, x, said.append)
    assert "differs" in said[0] and torch.equal(module(x), before)
