"""Every chart of the pages says its finding to who cannot see it."""

from tests.paths import ROOT


def test_every_chart_of_the_pages_goes_through_the_one_that_tells_its_finding():
    owner = ROOT / "pages" / "parts" / "shared" / "plot.py"
    apart = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "pages").rglob("*.py")
        if path != owner and "plotly_chart(" in path.read_text()
    ]
    assert not apart
    assert "of_figure(" in owner.read_text()
