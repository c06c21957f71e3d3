"""No cell of a table that is handed out begins a formula."""

import io

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from core.csv_cells import csv, harmless

NASTY = ["=cmd|'calc'!A1", "+1+1", "@SUM(1)", "-2+3", "\t=1", "\r=1", "plain", "-0.5", "+3e2"]


def test_formulas_are_led_by_an_apostrophe_and_numbers_are_not():
    table = pd.DataFrame({"name": NASTY, "=header": range(len(NASTY))})
    read = pd.read_csv(io.StringIO(csv(table)), dtype=str, keep_default_na=False)
    assert list(read) == ["name", "'=header"]
    assert list(read["name"])[:4] == ["'=cmd|'calc'!A1", "'+1+1", "'@SUM(1)", "'-2+3"]
    assert list(read["name"])[6:] == ["plain", "-0.5", "+3e2"]
    assert read["'=header"][0] == "0"


def test_negative_numbers_missing_values_and_categories_stay():
    table = pd.DataFrame({"x": [-1.5, None], "group": pd.Categorical(["=a", "b"])})
    assert csv(table) == "x,group\n-1.5,'=a\n,b\n"


@given(st.text())
def test_whatever_a_cell_says_a_spreadsheet_sees_a_number_or_text(text):
    cell = harmless(text)
    assert not cell.startswith(("=", "@", "\t", "\r"))
    if cell.startswith(("+", "-")):
        float(cell)
    assert cell.removeprefix("'") == text.replace("\r\n", "\n").replace("\r", "\n").removeprefix(
        "'"
    )
