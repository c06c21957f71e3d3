"""Where commands write folders: what cannot be one is refused before any work."""

import importlib

import pytest

from core import cli

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
