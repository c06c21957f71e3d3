"""No serious finding of axe on any page, light and dark, wide and narrow; room for what is drawn."""

import pytest

from tests.browser.conftest import at_rest
from tests.paths import ROOT

axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")

PAGES = {path.stem for path in (ROOT / "pages").glob("*.py")} - {"home"} | {""}
LOOKS = [(scheme, size) for scheme in ("light", "dark") for size in ((1366, 768), (390, 844))]

STYLED = "getComputedStyle(document.documentElement).getPropertyValue('--our-style')"


# Pixels, on a screen of 390: of a drawing, of one of many small ones, of letters.
LEAST = [300, 90, 10]
FAULTS = """([drawing, small, letter]) => {
  const faults = [];
  const main = document.querySelector("[data-testid=stMain]");
  if (main.scrollWidth > main.clientWidth + 1) faults.push(`${main.scrollWidth} pixels wide`);
  for (const chart of document.querySelectorAll("[data-testid=stPlotlyChart]")) {
    const drawings = [...chart.querySelectorAll(".nsewdrag")];
    const least = drawings.length > 3 ? small : drawing;
    for (const { width } of drawings.map((one) => one.getBoundingClientRect())) {
      if (width && width < least) faults.push(`${chart.ariaLabel.slice(0, 60)}: ${width} pixels`);
    }
  }
  for (const one of document.querySelectorAll("[data-testid=stMain] svg text")) {
    const { height } = one.getBoundingClientRect(), size = parseFloat(getComputedStyle(one).fontSize);
    if (height && size < letter) faults.push(`${one.textContent}: letters of ${size} pixels`);
  }
  return faults;
}"""
"""What does not fit a narrow screen: the page itself, a drawing, a label."""

DRAWN = """() => [...document.querySelectorAll("[data-testid=stPlotlyChart]")]
  .every((one) => one.querySelector(".main-svg"))"""


def serious(window) -> list[str]:
    """Serious findings, one line each: the rule, how often, the first place."""
    found = axe.Axe().run(window).response["violations"]
    return [
        f"{one['id']} ({len(one['nodes'])}): {one['nodes'][0]['target']} "
        f"{one['nodes'][0]['any'][:1] and one['nodes'][0]['any'][0]['message']}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(PAGES))
def test_no_page_has_a_serious_finding(server, browser, name):
    told = {}
    for scheme, (width, height) in LOOKS:
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme
        )
        window = context.new_page()
        window.set_default_timeout(120_000)
        window.goto(f"{server}/{name}")
        window.get_by_role("heading", level=1).wait_for()
        window.locator("[data-test-script-state=notRunning]").wait_for()
        window.wait_for_function(STYLED)
        at_rest(window)
        window.wait_for_function(DRAWN)
        window.wait_for_timeout(500)
        assert not window.get_by_test_id("stException").count()
        told[scheme, width] = serious(window)
        if width < 400:
            told[scheme, width] += window.evaluate(FAULTS, LEAST)
        context.close()
    assert not {look: lines for look, lines in told.items() if lines}
