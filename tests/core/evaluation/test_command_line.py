"""The command line: what cannot be used is one sentence and exit 2, before any work begins."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from core.evaluation.__main__ import main
from core.evaluation.measuring.table import Provenance, read_provenance, read_results, write_results
from tests.core.evaluation.made_up import made_up_rows
from tests.paths import ROOT

MADE = Provenance("0", 0, {}, {}, "the command")
BD = ["bd", "--reference", "jpeg", "--method", "baseline"]
PAIR = ["mcnemar", "--first", "baseline", "--second", "control"]


@pytest.fixture
def tables(tmp_path):
    """Tables of four methods whose truth is known."""
    frames = {
        "original": made_up_rows("original"), "baseline": made_up_rows(),
        "control": made_up_rows("control"), "jpeg": made_up_rows("jpeg", scale=2),
        "joint": made_up_rows("joint", gamma=0.1),
    }  # fmt: skip
    for name, rows in frames.items():
        write_results(rows, name, MADE, tmp_path / "results")
    return tmp_path / "results"


def exit_code(arguments):
    try:
        return main([str(each) for each in arguments])
    except SystemExit as stop:
        return stop.code


@pytest.mark.parametrize(
    "wrong",
    [
        [*BD, "--range", "1", "0.1"],
        [*BD, "--range", "-1", "1"],
        [*BD, "--range", "50", "60"],
        [*BD, "--range", "0.0001", "0.001"],
        [*BD, "--range", "nan", "1"],
        [*BD, "--resamples", "-1"],
        [*BD, "--resamples", "0"],
        [*BD, "--gamma", "nan"],
        [*BD, "--set", "faces"],
        [*BD, "--labels", "mine"],
        [*BD, "--seed", "-1"],
        [*BD, "--json", ""],
        [*BD, "--json", "/"],
        [*BD, "--json", "x" * 251],
        ["bd", "--reference", "jpeg", "--method", "avif"],
        [*PAIR, "--bpp", "-1"],
        [*PAIR, "--bpp", "0"],
        [*PAIR, "--bpp", "nan"],
        [*PAIR, "--bpp", "1000"],
        [*PAIR, "--bpp", "0.0001"],
        [*PAIR, "--at-index", "300"],
        [*PAIR, "--resamples", "-1"],
        ["choose-gamma", "--methods", "baseline"],
        ["verify", "--points", "0"],
        ["verify", "--images", "0"],
        ["verify", "--images", "-1"],
        ["verify", "--tolerance", "-1"],
        ["run", "--points", "1"],
        ["run", "--limit", "0"],
        ["run", "--val", "-1"],
        ["run", "--workers", "0"],
        ["match", "--bpp", "0"],
    ],
)
def test_a_wrong_value_ends_with_status_two_and_one_sentence(tables, capsys, wrong):
    assert exit_code([*wrong, "--results", tables]) == 2
    told = capsys.readouterr()
    assert "Traceback" not in told.err and not told.out
    assert told.err.strip().splitlines()[-1]


@pytest.mark.parametrize(
    "command", [BD, PAIR, ["verify"], ["summary"], ["split"], ["choose-gamma"]]
)
def test_results_that_are_not_there_are_refused(tmp_path, capsys, command):
    assert exit_code([*command, "--results", tmp_path / "nowhere"]) == 2
    assert "nowhere" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["verify"], ["votes"], ["match"], BD, PAIR, ["summary"]])
def test_a_folder_without_tables_is_refused(tmp_path, capsys, command):
    assert exit_code([*command, "--results", tmp_path]) == 2
    told = capsys.readouterr()
    assert "Traceback" not in told.err and told.err.strip() and not told.out


def test_a_picture_is_never_written_over_by_the_file_made_of_it(tmp_path, capsys):
    picture = tmp_path / "face.png"
    Image.fromarray(np.zeros((64, 64, 3), np.uint8)).save(picture)
    before = picture.read_bytes()
    for target in (picture, tmp_path / "face.jpg"):
        assert exit_code(["aim", picture, target]) == 2
        assert "must end so" in capsys.readouterr().err
    assert picture.read_bytes() == before


def test_a_file_in_the_place_of_the_tables_is_found_before_measuring(tmp_path, capsys, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr("core.evaluation.measuring.pictures.available", pytest.fail)
    for place in (tmp_path / "file", tmp_path / "file" / "inside", ""):
        assert exit_code(["run", "--data", tmp_path, "--results", place]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_device_that_is_not_there_is_found_before_measuring(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("core.evaluation.measuring.pictures.available", pytest.fail)
    assert exit_code(["run", "--device", "tpu", "--data", tmp_path]) == 2
    assert "--device tpu" in capsys.readouterr().err


def test_a_range_within_the_curves_is_compared(tables, capsys):
    assert exit_code([*BD, "--quality", "psnr", "--range", "0.1", "0.5", "--results", tables]) == 0
    assert "BD-rate -50" in capsys.readouterr().out


def test_json_goes_to_a_file_or_to_standard_output(tables, tmp_path, capsys):
    assert exit_code([*BD, "--json", "-", "--results", tables]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert exit_code([*BD, "--json", tmp_path / "bd.json", "--results", tables]) == 0
    assert json.loads((tmp_path / "bd.json").read_text()) == printed
    assert "against jpeg" in capsys.readouterr().out
    assert printed[0]["resamples"] == 1000 and printed[0]["resampling_seed"] == 0


def test_another_seed_is_another_draw_of_the_same_figure(tables, capsys):
    found = []
    for seed in (0, 0, 1):
        assert exit_code([*BD, "--seed", seed, "--json", "-", "--results", tables]) == 0
        found.append(json.loads(capsys.readouterr().out)[0])
    assert found[0] == found[1]
    assert found[0]["bd_rate"] == found[2]["bd_rate"]


def test_the_split_and_the_summary_are_told(tables, capsys):
    assert exit_code(["split", "--results", tables]) == 0
    assert "the classifier met coded faces" in capsys.readouterr().out
    assert exit_code(["summary", "--results", tables]) == 0
    assert "| baseline to control: the classifier met coded faces |" in capsys.readouterr().out


def test_votes_are_written_into_tables_and_nothing_else_changes(tables, tmp_path, capsys):
    rows = made_up_rows("baseline").drop(columns="ferplus")
    write_results(rows, "baseline", MADE, tables)
    before = read_results(tables)
    (tmp_path / "ferplus").mkdir()
    names = sorted(set(rows["image"]))
    counts = [[10, 0, 0, 0, 0, 0, 0, 0, 0, 0]] * len(names)
    counts[1] = [0, 0, 0, 0, 0, 0, 0, 10, 0, 0]
    columns = ["anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral"]
    votes = pd.DataFrame(counts, columns=[*columns, "contempt", "unknown", "NF"])
    votes.insert(0, "image", names)
    votes = pd.concat([votes, votes.iloc[:1]])  # as in the real one, a face may stand there twice
    votes.to_csv(tmp_path / "ferplus" / "votes.csv", index=False)
    assert exit_code(["votes", "--data", tmp_path, "--results", tables]) == 0
    after = read_results(tables)
    part = after[after["method"] == "baseline"]
    assert (part.loc[part["image"] != names[1], "ferplus"] == "angry").all()
    assert part.loc[part["image"] == names[1], "ferplus"].isna().all()
    pd.testing.assert_frame_equal(
        after.drop(columns="ferplus").astype({"label": str, "prediction": str}),
        before.drop(columns="ferplus").astype({"label": str, "prediction": str}),
    )
    made = read_provenance(tables / "baseline.parquet")
    assert made.command == "the command" and "--data DATA" in made.notes["ferplus"]
    capsys.readouterr()
    assert exit_code(["votes", "--data", tmp_path, "--results", tables]) == 0
    assert "0 tables have FER+ labels now" in capsys.readouterr().out


def test_without_votes_no_table_is_touched(tables, tmp_path, capsys):
    before = {path: path.read_bytes() for path in tables.iterdir()}
    assert exit_code(["votes", "--data", tmp_path, "--results", tables]) == 2
    assert {path: path.read_bytes() for path in tables.iterdir()} == before
    assert "FER+" in capsys.readouterr().err


def test_help_loads_nothing_heavy_and_each_command_has_an_example():
    program = (
        "import sys\n"
        "from core.evaluation.__main__ import main\n"
        "for words in ([], *([name] for name in sys.argv[1:])):\n"
        "    try: main([*words, '--help'])\n"
        "    except SystemExit: pass\n"
        "assert not {'torch', 'pandas', 'scipy', 'compressai'} & set(sys.modules)\n"
    )
    commands = [
        "run",
        "match",
        "votes",
        "bd",
        "mcnemar",
        "split",
        "choose-gamma",
        "verify",
        "summary",
    ]
    call = [sys.executable, "-c", program, *commands]
    told = subprocess.run(call, capture_output=True, text=True, cwd=ROOT, check=True).stdout
    assert told.count("example:") == len(commands) and "``" not in told
