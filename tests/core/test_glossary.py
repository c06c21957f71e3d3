"""The glossary: one sentence a word, and no word explained twice."""

import pytest

from core.glossary import GLOSSARY, meaning


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
