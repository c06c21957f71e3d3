"""What command lines share: folders that cannot be one are refused, recorded calls name no maker."""

import importlib
import json
import shlex
from pathlib import Path

import pytest

from core import cli
from core.cli import recorded_command
from tests.paths import ROOT

WRITING = [
    ("core.cohort.__main__", ["synthesize", "FOLDER"]),
    ("core.synthetic.__main__", ["cohort", "FOLDER"]),
    ("core.synthetic.__main__", ["composites", "--out", "FOLDER"]),
    ("core.synthetic.__main__", ["renders", "--out", "FOLDER"]),
    ("core.bridge.__main__", ["drift", "CLIP", "--work", "FOLDER"]),
    ("core.bridge.__main__", ["advise", "CLIP", "--work", "FOLDER"]),
    ("core.face.__main__", ["extract", "CLIP", "--out", "FOLDER"]),
    ("core.training.__main__", ["all", "--minutes", "1", "--out", "FOLDER"]),
    ("core.training.__main__", ["all", "--minutes", "1", "--state", "FOLDER"]),
    ("core.evaluation.__main__", ["run", "--results", "FOLDER"]),
]


@pytest.mark.parametrize("folder", ["", "/", "a file", "a file/within"])
@pytest.mark.parametrize(("module", "arguments"), WRITING)
def test_what_cannot_be_a_folder_is_refused_before_any_work(
    tmp_path, monkeypatch, capsys, module, arguments, folder
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a file").write_text("")
    (tmp_path / "clip.mp4").write_text("")
    given = {"FOLDER": folder, "CLIP": "clip.mp4"}
    main = importlib.import_module(module).main
    with pytest.raises(SystemExit) as ended:
        main([given.get(each, each) for each in arguments])
    assert ended.value.code == 2
    told = capsys.readouterr().err.strip().splitlines()[-1]
    assert "error: argument" in told and ("folder" in told or "file" in told)
    assert {path.name for path in tmp_path.iterdir()} == {"a file", "clip.mp4"}


@pytest.mark.parametrize(
    "segment", ["5-1", "1-1", "nan-1", "0-nan", "0-inf", "-1-2", "", "a-b", "1"]
)
def test_a_neutral_segment_that_is_none_is_refused(tmp_path, segment, capsys):
    from core.face.__main__ import main

    (tmp_path / "clip.mp4").write_text("")
    with pytest.raises(SystemExit) as ended:
        main(
            ["extract", str(tmp_path / "clip.mp4"), "--out", str(tmp_path), f"--neutral={segment}"]
        )
    assert ended.value.code == 2 and "START-END" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "", "one", "1e999", "-1", "11"])
def test_numbers_beyond_their_span_are_refused(text):
    import argparse

    for reader in (cli.number(0, 10), cli.whole(0, 10)):
        with pytest.raises(argparse.ArgumentTypeError):
            reader(text)


def test_a_recorded_command_names_no_folder_of_its_maker(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["run", "--data", "/home/a/data", "--json", "/var/b/out.json", f"--out={tmp_path}/c/d.csv",
             "clips/e.mp4", f"{tmp_path}/f g.mp4", "--results=/home/r", "--limit", 3]  # fmt: skip
    recorded = recorded_command(
        "core.x", words, DATA="/home/a/data", RESULTS=Path("/home/r"), MORE=None
    )
    assert recorded == (
        "python -m core.x run --data DATA --json out.json --out=c/d.csv clips/e.mp4 'f g.mp4' "
        "--results=RESULTS --limit 3"
    )


def test_no_shipped_document_names_a_folder_of_its_maker():
    commands = {}
    for path in (ROOT / "checkpoints").rglob("*.json"):
        document = json.loads(path.read_text())
        if isinstance(document, dict) and isinstance(document.get("command"), str):
            commands[path.name] = document["command"]
    assert len(commands) > 30
    absolute = {
        name: command for name, command in commands.items()
        if any(word.rpartition("=")[2].startswith("/") for word in shlex.split(command))
    }  # fmt: skip
    assert not absolute
