"""What a visitor brings stays here, is there after a reload, and goes when it should."""

import io
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import PATIENCE, WORKING, at_rest, free_port, serving
from tests.paths import ROOT

MARK = b"This-face-was-marked-by-a-test-"
GRACE = 30  # seconds instead of two minutes; a busy machine may lose a connection for a while


@pytest.fixture
def private_server(tiny_folder, tmp_path, request):
    """A server of its own: its address and folder for files.  ``request.param``: its grace in seconds."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    environment = {
        "EXPRESSRATE_CHECKPOINTS": str(tiny_folder),
        "EXPRESSRATE_GRACE": str(request.param),
        "TMPDIR": str(folder),
    }
    with serving(tmp_path / "log.txt", **environment) as address:
        yield address, folder


def with_grace(seconds: float):
    """Let the server of a test forget so many seconds after the browser has gone."""
    return pytest.mark.parametrize("private_server", [seconds], indirect=True, ids=[f"{seconds}s"])


def marked_picture() -> bytes:
    """A bitmap whose pixels say the mark thousands of times."""
    side = 256
    pixels = np.frombuffer(MARK * (side * side * 3 // len(MARK) + 1), np.uint8)
    content = io.BytesIO()
    Image.fromarray(pixels[: side * side * 3].reshape(side, side, 3)).save(content, "bmp")
    return content.getvalue()


def server_process(port: str) -> int:
    """The process that listens on a port."""
    import psutil

    found = [c.pid for c in psutil.net_connections("tcp") if c.laddr and str(c.laddr.port) == port]
    return next(pid for pid in found if pid)


def marks_in_memory(pid: int) -> int:
    """How often the mark stands in the writable memory of a process and of those that it started."""
    import psutil

    processes = [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]
    return sum(map(marks_of, processes))


def marks_of(pid: int) -> int:
    """How often the mark stands in the writable memory of a process; 0 if it has ended."""
    try:
        return read_marks(pid)
    except OSError:
        return 0


def read_marks(pid: int) -> int:
    """How often the mark stands in the writable memory of a process."""
    count = 0
    with open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, rights = line.split()[:2]
            if not rights.startswith("rw"):
                continue
            start, end = (int(part, 16) for part in span.split("-"))
            for place in range(start, end, 1 << 24):
                try:
                    memory.seek(place)
                    count += memory.read(min(1 << 24, end - place)).count(MARK)
                except OSError:
                    continue
    return count


def wait_until(true, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.5)
    return bool(true())


def files_in(folder: Path) -> list[Path]:
    """Every file under a folder but the lock of the server's own."""
    return [path for path in folder.rglob("*") if path.is_file() and path.name != ".lock"]


def bring_picture(page, address):
    """A marked picture on Compress, drawn and kept."""
    page.set_default_timeout(PATIENCE * 1000)
    page.goto(f"{address}/compress?source=Upload")
    page.get_by_test_id("stFileUploader").locator("input[type=file]").set_input_files(
        {"name": "marked.bmp", "mimeType": "image/bmp", "buffer": marked_picture()}
    )
    page.locator(".viewer").first.wait_for(timeout=WORKING)
    page.wait_for_url(re.compile("visit="))
    at_rest(page)


@with_grace(10 * PATIENCE)
def test_a_picture_is_there_after_a_reload_and_for_no_other_browser(private_server, browser):
    address, _ = private_server
    context, stranger = browser.new_context(), browser.new_context()
    page = context.new_page()
    bring_picture(page, address)
    page.reload()
    page.get_by_test_id("stPopover").get_by_role("button", name="Picture").click()
    page.get_by_text("Still here from before: marked.bmp").wait_for()

    other = stranger.new_page()
    other.set_default_timeout(PATIENCE * 1000)
    other.goto(page.url)
    other.get_by_text("A picture with a face").wait_for()  # nothing is at hand: it is asked for
    at_rest(other)
    expect(other.get_by_text("marked.bmp")).to_have_count(0)
    context.close()
    stranger.close()


@with_grace(GRACE)
def test_a_picture_is_nowhere_once_the_browser_has_gone(private_server, browser):
    address, folder = private_server
    pid = server_process(address.rsplit(":", 1)[1])
    context = browser.new_context()
    bring_picture(context.new_page(), address)
    assert marks_in_memory(pid) > 100
    context.close()
    assert wait_until(lambda: marks_in_memory(pid) == 0, PATIENCE), marks_in_memory(pid)
    assert wait_until(lambda: not files_in(folder), PATIENCE), files_in(folder)


@with_grace(10 * PATIENCE)
def test_forget_now_removes_the_picture_at_once(private_server, browser):
    address, folder = private_server
    pid = server_process(address.rsplit(":", 1)[1])
    context = browser.new_context()
    page = context.new_page()
    bring_picture(page, address)
    assert marks_in_memory(pid) > 100
    page.get_by_role("button", name="Forget now").click()
    page.wait_for_url(lambda url: "visit=" not in url)
    assert wait_until(lambda: marks_in_memory(pid) == 0, PATIENCE), marks_in_memory(pid)
    assert not files_in(folder)
    context.close()


def test_a_killed_servers_files_are_removed_by_the_next(tmp_path):
    left = tmp_path / "expressrate-visits-left"
    left.mkdir()
    (left / ".lock").touch()
    (left / "face.mp4").write_bytes(b"a face")
    with serving(tmp_path / "log.txt", TMPDIR=str(tmp_path)):
        assert not left.exists()


def status_of_a_foreign_page(port: int) -> int:
    """What the server answers to a page of another host that wants to use it."""
    lines = [
        "GET /_stcore/stream HTTP/1.1", f"Host: localhost:{port}", "Origin: http://elsewhere.example",
        "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "", "",
    ]  # fmt: skip
    with socket.create_connection(("localhost", port), timeout=PATIENCE) as connection:
        connection.sendall("\r\n".join(lines).encode())
        return int(connection.recv(64).split()[1])


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
def test_a_start_of_the_server_and_a_foreign_page_make_it_ask_no_other_host(tmp_path):
    port = free_port()
    log = tmp_path / "calls.txt"
    command = [
        "strace",
        "-f",
        "-e",
        "trace=connect,sendto",
        "-o",
        str(log),
        sys.executable,
        "app.py",
    ]
    process = subprocess.Popen([*command, f"--port={port}"], cwd=ROOT, start_new_session=True)
    try:

        def answers():
            try:
                return urlopen(f"http://localhost:{port}/_stcore/health", timeout=2).status == 200
            except OSError:
                return False

        assert wait_until(answers, PATIENCE)
        assert status_of_a_foreign_page(port) == 403
    finally:
        os.killpg(process.pid, 15)
        process.wait(PATIENCE)
    calls = log.read_text()
    reached = re.findall(r'AF_INET6?.*?(?:inet_addr\(|inet_pton\(AF_INET6, )"([^"]+)"', calls)
    assert set(reached) <= {"127.0.0.1", "::1"}
