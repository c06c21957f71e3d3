"""A real server and a real browser for the journeys; without Chromium they are skipped."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.paths import ROOT

CHROMIUM = os.environ.get("EXPRESSRATE_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",  # a camera that shows a test picture, and leave to use it
    "--use-fake-device-for-media-stream",
]
HERE = ("http://127.0.0.1:", "http://localhost:", "data:", "blob:", "about:")
PATIENCE = 120  # seconds; two busy cores import torch slowly
WORKING = 600_000  # milliseconds for what takes a quiet machine half a minute


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The address of the app, served for this run of the tests."""
    with serving(tmp_path_factory.mktemp("server") / "log.txt") as address:
        yield address


@pytest.fixture(scope="session")
def tuned_server(tmp_path_factory):
    """The address of the app over tiny tuned checkpoints and a made-up table."""
    from tests.pages.tiny import make_tiny, make_tuned

    home = tmp_path_factory.mktemp("tuned_server")
    (home / "tiny").mkdir()
    folder = make_tuned(make_tiny(home / "tiny"), home / "checkpoints")
    with serving(home / "log.txt", EXPRESSRATE_CHECKPOINTS=str(folder)) as address:
        yield address


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory):
    """Tiny untrained checkpoints and two pictures."""
    from tests.pages.tiny import make_tiny

    return make_tiny(tmp_path_factory.mktemp("tiny_checkpoints"))


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def serving(log, **environment):
    """Serve the app on a free port while the context is open."""
    port = free_port()
    command = [sys.executable, "app.py", f"--port={port}", "--address=127.0.0.1"]
    address = f"http://127.0.0.1:{port}"
    with open(log, "wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
        )  # fmt: skip
        try:
            _wait_until_healthy(address, process, log)
            yield address
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE)


def _wait_until_healthy(address, process, log):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if process.poll() is not None:
            pytest.fail(f"the server stopped: {log.read_text()}")
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.3)
    pytest.fail(f"no answer from the server in {PATIENCE} s: {log.read_text()}")


@pytest.fixture(scope="session")
def browser():
    """Chromium, or a skipped test that says why."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not Path(CHROMIUM).exists():
        pytest.skip(f"no Chromium at {CHROMIUM}; EXPRESSRATE_CHROMIUM names another place")
    with sync_api.sync_playwright() as playwright:
        sync_api.expect.set_options(timeout=PATIENCE * 1000)
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser):
    """A fresh window, 1400 pixels wide; a test fails if a script in it threw, or it asked another host."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000}, accept_downloads=True)
    window = context.new_page()
    window.set_default_timeout(PATIENCE * 1000)
    thrown = []
    window.on("pageerror", lambda error: thrown.append(str(error)))
    asked = []
    window.on("request", lambda request: asked.append(request.url))
    yield window
    context.close()
    assert not thrown
    assert not [url for url in asked if not url.startswith(HERE)]


def at_rest(window) -> None:
    """Wait until the script of a page that has been drawn runs no more and each widget is there.

    The window fetches the program of a kind of widget when it first draws one; till then a grey
    block stands in its place.
    """
    window.locator("[data-test-script-state=notRunning]").wait_for()
    window.wait_for_function("() => !document.querySelector('[data-testid=stSkeleton]')")
