"""The glossary: one sentence a word, and no word explained twice."""

import pytest

from core.glossary import GLOSSARY, SECTIONS, explained, meaning


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
