"""``python -m core.training``: words, refusals before any work, checkpoints with their cards."""

import subprocess
import sys

import pytest

from core import checkpoints
from core.checkpoints import Card
from core.codec.loading import load_codec
from core.codec.network import VariableRateCodec
from core.methods import METHODS
from core.recognition import ExpressionClassifier
from core.training.__main__ import _COMMANDS, main
from core.training.commands import default_id
from core.training.settings import ClassicalConfig, ClassifierConfig, CodecConfig, RegimeConfig
from tests.paths import ROOT

SMALL = ["--faces", "4", "--steps", "1", "--warmup", "1"]


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPRESSRATE_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(tmp_path / "checkpoints"))


@pytest.fixture
def data(faces, photograph_folder, monkeypatch):
    """A data folder whose faces are drawn ones."""
    monkeypatch.setattr("core.training.commands.read_faces", lambda path: faces)
    return photograph_folder.parent


def refused(capsys, *arguments) -> str:
    """The one sentence with which exit code 2 comes."""
    try:
        code = main(list(arguments))
    except SystemExit as error:
        code = error.code
    assert code == 2
    return capsys.readouterr().err


def test_commands_are_the_words_of_the_tables():
    words = {name for name, *_ in _COMMANDS}
    others = {word for word in words if word == "classifier" or word.startswith("action-units")}
    assert len(others) == 4 and words - others <= set(METHODS)


def test_help_comes_at_once_and_loads_nothing_heavy():
    program = (
        "import sys, time; begun = time.perf_counter()\n"
        "from core.training.__main__ import main\n"
        "try: main(['joint', '--help'])\n"
        "except SystemExit: pass\n"
        "assert 'torch' not in sys.modules and 'compressai' not in sys.modules\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert "example:" in said.stdout and "``" not in said.stdout


@pytest.mark.parametrize("name", [name for name, *_ in _COMMANDS] + ["all"])
def test_every_option_has_a_sentence_of_help(name, capsys):
    with pytest.raises(SystemExit):
        main([name, "--help"])
    said = capsys.readouterr().out
    assert f"python -m core.training {name}" in said.split("example:")[1]
    from core.training.__main__ import _parser

    commands = next(a for a in _parser()._actions if a.dest == "command").choices
    assert all(action.help for action in commands[name]._actions)


@pytest.mark.parametrize(
    "options",
    [
        ["--device", "tpu"], ["--threads", "-1"], ["--faces", "0"], ["--gamma", "nan"],
        ["--gamma", "-1"], ["--steps", "0"], ["--clip", "0"], ["--id", "../x"], ["--id", ""],
        ["--originals", "2"], ["--seed", "x"],
    ],
)  # fmt: skip
def test_values_without_meaning_are_refused_before_any_work(options, capsys, monkeypatch):
    monkeypatch.setattr("core.training.commands.read_faces", None)
    said = refused(capsys, "joint", *options)
    assert options[0] in said and "Traceback" not in said


def test_words_of_earlier_versions_are_refused_with_the_new_one(capsys):
    assert refused(capsys, "codec-only", "--gamma", "1") == "codec-only is called codec now.\n"


def test_a_card_that_is_not_there_is_refused(capsys):
    assert "has 0 such cards" in refused(capsys, "baseline", "--device", "cuda:63")


def test_missing_beginnings_are_refused_before_the_data_is_read(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("core.training.commands.read_faces", None)
    folder = str(tmp_path)
    for command, options in (
        ("joint", []),
        ("jpeg", []),
        ("baseline", ["--start", "unknown"]),
        ("classifier", ["--teachers", "one,two"]),
    ):
        assert "no checkpoint" in refused(capsys, command, "--data", folder, *options)
    assert "as in 20x32" in refused(capsys, "classifier", "--data", folder, "--phases", "x")


def test_a_missing_data_folder_is_refused(capsys):
    assert "does not exist" in refused(capsys, "classifier", "--data", "/nowhere/at/all")


def test_a_name_that_is_taken_is_refused_before_training_and_kept_on_replacing(
    data, capsys, monkeypatch
):
    size = {"N": 8, "M": 12}
    blank = {"config": {}, "seed": 0, "data": "", "command": "", "version": ""}
    earlier = checkpoints.save(
        VariableRateCodec(**size), Card("baseline", "codec", "baseline", size, **blank)
    )
    command = ["baseline", "--data", str(data), "--N", "16", "--M", "24", *SMALL]
    assert "--replace" in refused(capsys, *command)
    assert main([*command, "--replace"]) == 0
    assert load_codec("baseline")[0].N == 16
    kept = checkpoints.with_fingerprint(earlier.fingerprint, "codec")
    assert kept.id != "baseline" and kept.replaced_by == "baseline"


def test_a_checkpoint_is_written_with_its_card(data, faces, tmp_path):
    options = ["--N", "16", "--M", "24", *SMALL]
    assert main(["baseline", "--data", str(data), *options]) == 0
    codec, card = load_codec("baseline")
    assert card.config["steps"] == 1 and card.data == faces.fingerprint
    assert card.config["passes"] == round(4 / 14, 2) and card.config["photographs"] == 2
    assert card.command.startswith("step 0: python -m core.training baseline --data DATA")
    assert codec.N == 16 and card.metrics["bpp@0"] > 0
    assert (tmp_path / "state" / "training" / "baseline.safetensors").is_file()

    options[options.index("--steps") + 1] = "2"
    assert main(["baseline", "--data", str(data), *options, "--replace"]) == 0
    first, second = load_codec("baseline")[1].command.splitlines()
    assert first == card.command
    assert second.startswith("step 1: python -m core.training baseline")


def test_a_regime_begins_with_the_baseline_and_saves_what_it_changed(data):
    size = {"N": 16, "M": 24}
    blank = {"config": {}, "seed": 0, "data": "", "command": "", "version": ""}
    checkpoints.save(
        VariableRateCodec(**size), Card("baseline", "codec", "baseline", size, **blank)
    )
    checkpoints.save(
        ExpressionClassifier(), Card("base", "classifier", "base", {"classes": 7}, **blank)
    )
    assert main(["joint", "--data", str(data), "--gamma", "0.2", *SMALL]) == 0
    card = checkpoints.card("joint-g0.2")
    assert (card.method, card.gamma, card.classifier) == ("joint", 0.2, "joint-g0.2-classifier")
    assert "accuracy@0" in card.metrics
    assert checkpoints.card("joint-g0.2-classifier").kind == "classifier"
    assert main(["control", "--data", str(data), *SMALL]) == 0
    card = checkpoints.card("control")
    assert (card.kind, card.method, card.gamma) == ("classifier", "control", None)
    assert main(["codec", "--data", str(data), "--gamma", "2", "--seed", "1", *SMALL]) == 0
    assert checkpoints.card("codec-g2-s1").classifier == "base"


def test_a_classifier_is_tuned_on_jpeg(data):
    blank = {"config": {}, "seed": 0, "data": "", "command": "", "version": ""}
    checkpoints.save(
        ExpressionClassifier(), Card("base", "classifier", "base", {"classes": 7}, **blank)
    )
    assert main(["jpeg", "--data", str(data), *SMALL, "--rounds", "1", "--seed", "2"]) == 0
    card = checkpoints.card("jpeg-tuned-s2")
    assert (card.kind, card.method, card.seed, card.gamma) == ("classifier", "jpeg", 2, None)


def test_names_of_checkpoints_tell_method_gamma_and_seed():
    assert default_id("baseline", CodecConfig()) == "baseline"
    assert default_id("classifier", ClassifierConfig(seed=3)) == "base-s3"
    assert default_id("codec", RegimeConfig(gamma=0.2)) == "codec-g0.2"
    assert default_id("control", RegimeConfig(gamma=0.2)) == "control"
    assert default_id("avif", ClassicalConfig()) == "avif-tuned"
