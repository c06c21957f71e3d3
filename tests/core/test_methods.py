"""The list of methods: every one is named, coloured and known to what codes it."""

from core import checkpoints
from core.bridge.encoders import ENCODERS
from core.bridge.films import _ENCODERS
from core.codec import classical
from core.methods import CLASSICAL, FILMS, METHODS, REGIMES, TUNED, colour_of, name_of, order_of


def test_every_method_has_a_name_and_a_colour_of_its_own():
    for attribute in ("name", "colour"):
        assert len({getattr(method, attribute) for method in METHODS.values()}) == len(METHODS)


def test_what_codes_knows_the_methods_of_its_kind():
    assert set(classical.SETTINGS) == set(CLASSICAL)
    assert set(_ENCODERS) < set(FILMS) == set(ENCODERS)


def test_every_card_that_ships_is_of_a_known_method_and_gamma_goes_with_it():
    for card in checkpoints.cards("codec"):
        assert card.method in METHODS
        assert (card.gamma is not None) == METHODS[card.method].has_gamma == (card.method in TUNED)


def test_the_regimes_of_the_study_are_methods():
    assert set(TUNED) < set(REGIMES) < set(METHODS)


def test_a_method_that_nobody_knows_is_shown_as_it_is_called_and_last():
    assert name_of("brotli") == "brotli" and name_of("jxl") == "JPEG XL"
    assert colour_of("brotli") == colour_of("original")
    assert order_of("brotli") > max(map(order_of, METHODS))
