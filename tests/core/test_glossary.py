"""The glossary: one sentence a word, and no word explained twice."""

import subprocess
import sys

import pytest

from core.evaluation.__main__ import main as evaluation
from core.glossary import GLOSSARY, SECTIONS, as_markdown, explained, main, meaning
from tests.paths import ROOT


@pytest.mark.parametrize("term", GLOSSARY)
def test_a_term_is_explained_in_one_sentence(term):
    sentence = meaning(term)
    assert sentence.endswith(".") and sentence.rstrip(".").count(". ") == 0
    assert sentence[0].isupper() and len(sentence) <= 110


def test_capitals_do_not_matter_and_no_sentence_serves_two_terms():
    assert meaning("Gamma") == meaning("gamma") == GLOSSARY["gamma"]
    assert len(set(GLOSSARY.values())) == len(GLOSSARY) == len({term.lower() for term in GLOSSARY})


def test_a_word_that_is_no_term_is_not_guessed():
    with pytest.raises(KeyError):
        meaning("stop")


def test_help_is_made_of_the_glossary_alone():
    assert explained("gamma") == f"Gamma: {meaning('gamma')}"
    assert explained("PSNR", "SSIM") == f"PSNR: {meaning('psnr')} SSIM: {meaning('ssim')}"
    with pytest.raises(KeyError):
        explained("gamma", "stop")


def test_every_term_of_a_section_is_in_the_glossary_once():
    assert sum(map(len, SECTIONS.values())) == len(GLOSSARY)


def test_the_page_of_words_is_in_step():
    assert (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8") == as_markdown()


def test_the_help_of_a_command_explains_its_words(capsys):
    with pytest.raises(SystemExit):
        evaluation(["bd", "--help"])
    said = capsys.readouterr().out
    assert f"gamma: {meaning('gamma')}" in said and f"BD-rate: {meaning('BD-rate')}" in said


def test_words_are_told_in_the_terminal(capsys):
    assert main(["GAMMA", "Control"]) == 0
    told = capsys.readouterr().out
    assert meaning("gamma") in told and meaning("control") in told and meaning("SSIM") not in told
    assert main([]) == 0
    everything = capsys.readouterr().out
    assert all(sentence in everything for sentence in GLOSSARY.values())
    assert main(["stop"]) == 2
    assert "stop" in capsys.readouterr().err


def test_the_glossary_is_a_command():
    command = [sys.executable, "-m", "core", "glossary", "control"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert meaning("control") in done.stdout
