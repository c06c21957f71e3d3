"""Numbers in sentences: one minus sign, one way to write a unit, no minus nothing."""

import numpy as np
import pandas as pd
import pytest

from core import formatting


def test_a_minus_is_a_minus_sign():
    assert formatting.signed(-1.25, 1) == "−1.2"
    assert formatting.number(-1234.5, 1, "dB") == "−1,234.5 dB"


def test_what_rounds_to_nothing_has_no_sign():
    assert formatting.signed(-0.04, 1) == formatting.signed(0.04, 1) == "0.0"
    assert formatting.number(-0.04, 1) == "0.0"


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA])
def test_a_missing_value_is_a_dash(missing):
    made = [formatting.number, formatting.signed, formatting.percent, formatting.points]
    assert {form(missing) for form in [*made, formatting.size, formatting.decibels]} == {"–"}


def test_shares_points_and_sizes():
    assert formatting.percent(0.462) == "46.2%"
    assert formatting.points(0.129) == "+12.9 points"
    assert formatting.size(1) == "1 byte"
    assert formatting.size(12345) == "12,345 bytes"
    assert formatting.bits_per_pixel(0.1446) == "0.145 bit/pixel"
    assert formatting.p_value(0.0003) == "p < 0.001"
    assert formatting.listed(["a", "b", "c"]) == "a, b and c"
    assert formatting.listed(["a"]) == "a" and formatting.listed([]) == ""


def test_a_duration_is_told_as_roughly_as_it_is_known():
    told = [formatting.duration(seconds) for seconds in (0.2, 45, 89, 120, 5000, 90 * 60, 25_000)]
    assert told == ["1 s", "45 s", "89 s", "2 min", "83 min", "2 h", "7 h"]
    assert formatting.duration(float("nan")) == formatting.MISSING
