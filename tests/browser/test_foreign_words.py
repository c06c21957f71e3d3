"""Names that a visitor's files bring are words: no page follows an address that stands in one."""

import shutil
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from core.cohort.synthesis import write_synthetic
from tests.browser.conftest import WORKING, at_rest


@contextmanager
def canary():
    """A server that must not be asked: its address, and what it was asked for."""
    asked = []

    class Notes(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Notes)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


def as_picture(host: str, name: str) -> str:
    """A name that Markdown shows as a picture from there; as a file may be called, without slashes."""
    return f"![x](http:&sol;&sol;{host}&sol;{name})"


@pytest.mark.slow
def test_names_of_groups_people_and_files_are_never_followed(server, page, tmp_path):
    said = []
    page.on("console", lambda message: said.append(message.text))
    with canary() as (host, asked):
        folder = write_synthetic(tmp_path / "people", 8, 1.5, 3, seconds=6, fps=10)
        labels = pd.read_csv(folder / "labels.csv")
        first = folder / f"{labels['participant'][0]}.csv"
        named = as_picture(host, "person")
        first.rename(folder / f"{named}.csv")
        labels.loc[0, "participant"] = named
        labels["label"] = labels["label"].map(
            dict(zip(labels["label"].unique(), [
                f"![g](http://{host}/group.png)", f'<img src="http://{host}/html.png">'
            ], strict=True))
        )  # fmt: skip
        labels.to_csv(tmp_path / "labels.csv", index=False)
        (folder / "labels.csv").unlink()
        tables = shutil.make_archive(str(tmp_path / as_picture(host, "tables")), "zip", folder)

        page.goto(f"{server}/cohort")
        page.get_by_role("radio", name="My tables").click()
        page.get_by_text("Drop tables to begin").wait_for()
        at_rest(page)
        drop = page.get_by_test_id("stFileUploader").locator("input[type=file]")
        drop.nth(0).set_input_files(tables)
        page.get_by_text("nothing to compare between groups").wait_for(timeout=WORKING)
        at_rest(page)
        drop.nth(1).set_input_files(tmp_path / "labels.csv")
        page.get_by_text("8 of 8").wait_for(timeout=WORKING)
        for tab in page.get_by_role("tab").all():
            tab.click()
            at_rest(page)
        assert page.get_by_text("group.png").count() or page.get_by_text(host).count()

        picture = tmp_path / f"{as_picture(host, 'face')}.png"
        Image.fromarray(np.full((64, 64, 3), 90, np.uint8)).save(picture)
        page.goto(f"{server}/compress?source=Upload")
        page.get_by_test_id("stFileUploader").locator("input[type=file]").set_input_files(picture)
        page.locator(".side.right .ribbon i").first.wait_for()
        at_rest(page)
        assert not [text for text in said if host in text], "nothing was tried and then forbidden"
        assert asked == []

        forbidden = page.evaluate(
            """(address) => new Promise((done) => {
                const picture = new Image();
                picture.onload = picture.onerror = (event) => done(event.type);
                picture.src = address;
            })""",
            f"http://{host}/forgotten.png",
        )
        assert forbidden == "error"
        assert asked == [], "what a page forgets, the policy forbids"
