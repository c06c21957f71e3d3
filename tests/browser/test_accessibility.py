"""No serious finding of axe on any page, light and dark, wide and narrow."""

import pytest

from tests.paths import ROOT

axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")

PAGES = {path.stem for path in (ROOT / "pages").glob("*.py")} - {"home"} | {""}
LOOKS = [(scheme, size) for scheme in ("light", "dark") for size in ((1366, 768), (390, 844))]

STYLED = "getComputedStyle(document.documentElement).getPropertyValue('--our-style')"


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
        window.wait_for_timeout(500)
        assert not window.get_by_test_id("stException").count()
        told[scheme, width] = serious(window)
        context.close()
    assert not {look: lines for look, lines in told.items() if lines}
