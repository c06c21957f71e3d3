"""All command lines at once: help for every option, one example a command, one meaning of an option."""

import argparse
import importlib
import re

import pytest

from core import cli

PROGRAMS = (
    "core.codec", "core.face", "core.cohort", "core.bridge", "core.evaluation", "core.training",
    "core.synthetic", "core.site",
)  # fmt: skip


class Captured(Exception):
    """The parser of a program, instead of its work."""


def commands_of(program: str, monkeypatch) -> dict[str, argparse.ArgumentParser]:
    """Words of a command -> its parser, of all commands of a program."""

    def capture(self, *_, **__):
        raise Captured(self)

    with monkeypatch.context() as patch:
        patch.setattr(argparse.ArgumentParser, "parse_args", capture)
        with pytest.raises(Captured) as caught:
            importlib.import_module(f"{program}.__main__").main(["anything"])
    return dict(leaves(program, caught.value.args[0]))


def leaves(words: str, parser: argparse.ArgumentParser):
    """Every parser below ``parser`` that has no commands of its own, with the words that reach it."""
    below = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    if not below:
        yield words, parser
    for action in below:
        for name, command in action.choices.items():
            yield from leaves(f"{words} {name}", command)


@pytest.fixture(params=PROGRAMS)
def commands(request, monkeypatch):
    return commands_of(request.param, monkeypatch)


def test_every_option_has_a_sentence_of_help(commands):
    bare = [
        f"{words} {action.dest}"
        for words, command in commands.items()
        for action in command._actions
        if not action.help or len(action.help.split()) < 2
    ]
    assert commands and bare == []


def test_every_command_has_an_example_of_itself(commands):
    for words, command in commands.items():
        examples = re.findall(r"python -m core\S*.*", command.epilog or "")
        assert examples, words
        assert all(f"{example} ".startswith(f"python -m {words} ") for example in examples), words


def test_help_is_plain_text(commands):
    for words, command in commands.items():
        assert not re.search(r"``|:\w+:`|\.\. ", command.format_help()), words


def test_shared_options_mean_and_default_the_same(commands):
    for words, command in commands.items():
        options = {name: a for a in command._actions for name in a.option_strings}
        if "--json" in options:
            assert options["--json"].type is cli.json_path, words
        if "--methods" in options:
            assert (options["--methods"].nargs, options["--methods"].default) == ("+", None), words
        if "--data" in options:
            assert (options["--data"].metavar, options["--data"].default) == ("FOLDER", None), words
        if "--seed" in options:
            assert options["--seed"].default == 0 and options["--seed"].type("7") == 7, words


def test_a_program_that_asks_for_help_alone_still_has_all_its_commands(monkeypatch):
    names = {words for program in PROGRAMS for words in commands_of(program, monkeypatch)}
    assert len(names) > 25 and "core.evaluation choose-gamma" in names
