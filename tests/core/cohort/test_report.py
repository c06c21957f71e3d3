"""The report is one whole file: safe, without a network, and with every row inside."""

import base64
import io
import re

import pandas as pd
import plotly.graph_objects as go
import pytest

from core.cohort.report import rendering
from core.cohort.report.rendering import Figure, Report, Section, Table

ROWS = pd.DataFrame({"unit": ["AU01", "AU12"], "p_value": [0.0123456, float("nan")], "n": [40, 2]})


def _report(**changes):
    drawn = Figure(go.Figure(go.Scatter(x=[1], y=[2], text=["</script><b>x"])), "Figure <1>")
    sections = (
        Section("Compare & contrast", ("One < two.",), (Table(ROWS, "All tests.", "tests"), drawn)),
        Section("Again", (), (drawn,)),
    )
    whole = {"title": "A cohort", "sections": sections, "settings": {"phase": "ei", "units": []}}
    return Report(**{**whole, **changes})


def _table(rows, shown=()):
    """The figure of one table as it stands in the document."""
    section = Section("Only", (), (Table(rows, "All tests.", "tests", shown),))
    html = rendering.to_html(Report("One", (section,)))
    return re.search(r"<section id=\"s1\">.*?</section>", html, re.S)[0]


def test_the_plotting_script_stands_in_the_file_once():
    html = rendering.to_html(_report())
    assert html.count("* plotly.js v") == 1
    assert html.count("Plotly.newPlot(") >= 2


def test_a_report_without_figures_carries_no_script():
    text_only = _report(sections=(Section("Text", ("Only words.",)),))
    assert "<script" not in rendering.to_html(text_only)


def test_nothing_in_the_file_asks_the_network():
    html = rendering.to_html(_report())
    assert "default-src 'none'" in html
    assert not re.search(r"<(script|link|img|iframe)[^>]+(src|href)\s*=\s*[\"']?(https?:)?//", html)


def test_what_a_user_typed_cannot_become_markup():
    evil = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"
    drawn = Figure(go.Figure(go.Scatter(x=[1], y=[1], text=[evil])), evil)
    rows = pd.DataFrame({evil: [evil]})
    sections = (Section(evil, (evil,), (Table(rows, evil, 'a"><i>b'), drawn)),)
    html = rendering.to_html(Report(evil, sections, {evil: evil}))
    assert "<script>alert(1)" not in html
    assert "<img src=x" not in html
    assert 'a"><i>' not in html


def test_every_table_carries_its_own_rows():
    html = _table(ROWS)
    data = base64.b64decode(re.search(r"base64,([^\"]+)", html).group(1))
    pd.testing.assert_frame_equal(pd.read_csv(io.BytesIO(data)), ROWS)


def test_a_missing_number_is_an_empty_cell_and_never_zero():
    html = _table(ROWS)
    assert '<td class="number">0.01235</td>' in html
    assert '<td class="number"></td>' in html
    assert "nan" not in html.lower().split("base64")[0]


def test_a_wide_table_shows_what_fits_and_carries_the_rest():
    wide = pd.DataFrame([range(30)], columns=[f"c{i}" for i in range(30)])
    html = _table(wide)
    assert html.count("<th ") == 12 and "18 more columns in its CSV." in html
    assert _table(wide, ("c3", "c29")).count("<th ") == 2
    data = base64.b64decode(re.search(r"base64,([^\"]+)", html).group(1))
    assert len(pd.read_csv(io.BytesIO(data)).columns) == 30


def test_a_long_table_starts_folded():
    many = pd.DataFrame({"person": range(200)})
    assert "<summary>200 rows</summary>" in _table(many)
    assert "<details>" not in _table(ROWS)


@pytest.mark.parametrize("synthetic", [True, False])
def test_a_synthetic_cohort_says_so_and_a_real_one_does_not(synthetic):
    html = rendering.to_html(_report(synthetic=synthetic))
    assert (rendering.SYNTHETIC in html) is synthetic
    assert ("<title>SYNTHETIC: A cohort</title>" in html) is synthetic


def test_settings_versions_and_the_note_are_there():
    html = rendering.to_html(_report())
    assert rendering.RESEARCH_USE in html
    assert "<td>phase</td><td>ei</td>" in html
    for package, version in rendering.versions().items():
        assert f"<td>{package}</td><td>{version}</td>" in html


def test_writing_replaces_the_old_file_whole(tmp_path):
    path = tmp_path / "deep" / "report.html"
    rendering.write(_report(title="First"), path)
    rendering.write(_report(title="Second"), path)
    assert "<h1>Second</h1>" in path.read_text("utf-8")
    assert [p.name for p in path.parent.iterdir()] == ["report.html"]


def test_a_failed_report_leaves_the_old_one_alone(tmp_path):
    path = tmp_path / "report.html"
    path.write_text("old", "utf-8")
    broken = Report("Bad", (Section("Bad", (), (Figure(None, "no figure"),)),))
    with pytest.raises(AttributeError):
        rendering.write(broken, path)
    assert path.read_text("utf-8") == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]
