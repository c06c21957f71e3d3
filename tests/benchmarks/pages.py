"""How long the app takes to start, and every page to be complete in a browser.

``python -m tests.benchmarks.pages`` starts a server of its own for every page, opens the page (cold:
nothing imported, nothing cached) and opens it again in a new window (warm), and merges the seconds
under ``pages`` into ``checkpoints/results/benchmarks.json``.  A page is complete when its title is
there and its script has ended.  ``start``: from the command to the server's first answer.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.benchmarks.record import merge
from tests.browser.conftest import CHROMIUM, PATIENCE, QUIET, serving

PAGES = ("", "compress", "curves", "loss_weights", "video", "cohort", "bridge", "verify", "lesson")
ENDED = '[data-testid="stApp"][data-test-script-state="notRunning"]'


def main() -> None:
    """Measure every page; print and keep the seconds."""
    starts, found = [], {}
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        for name in PAGES:
            began = time.monotonic()
            with serving(Path(folder) / "log.txt") as address:
                starts.append(time.monotonic() - began)
                cold, warm = (_open(browser, f"{address}/{name}") for _ in range(2))
            found[name or "home"] = {
                "cold": round(cold, 2), "warm": round(warm, 2), "ratio": round(cold / warm, 2),
            }  # fmt: skip
            print(f"{name or 'home'}: {found[name or 'home']}", file=sys.stderr)
        browser.close()
    merge("pages", {"start": round(statistics.median(starts), 2), "seconds": found})


def _open(browser: Browser, address: str) -> float:
    """Seconds until the page at ``address`` is complete, in a window of its own."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    window = context.new_page()
    began = time.monotonic()
    window.goto(address)
    for sign in ("h1", ENDED):
        window.wait_for_selector(sign, state="attached", timeout=PATIENCE * 1000)
    seconds = time.monotonic() - began
    context.close()
    return seconds


if __name__ == "__main__":
    main()
