"""A large upload goes to the disk in pieces: the server's memory does not grow with it."""

import re
from pathlib import Path

import pytest

from tests.browser.conftest import PATIENCE, WORKING, at_rest, serving
from tests.browser.test_privacy import files_in, server_process

MB = 2**20


def most_memory(pid: int) -> int:
    """The most memory that a process has had in use, bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return 1024 * int(re.search(r"VmHWM:\s+(\d+)", status)[1])


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="memory is read from /proc")
def test_an_upload_of_300_mb_takes_less_than_100_mb_of_memory(browser, tiny_folder, tmp_path):
    folder, video = tmp_path / "temporary", tmp_path / "large.mp4"
    folder.mkdir()
    with video.open("wb") as file:
        file.truncate(300 * MB)
    environment = {"EXPRESSRATE_CHECKPOINTS": str(tiny_folder), "TMPDIR": str(folder)}
    with serving(tmp_path / "log.txt", **environment) as address:
        pid = server_process(address.rsplit(":", 1)[1])
        context = browser.new_context()
        page = context.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        page.goto(f"{address}/video?video_source=My+video")
        page.get_by_test_id("stFileUploader").first.wait_for()
        at_rest(page)
        Path(f"/proc/{pid}/clear_refs").write_text("5")  # what was the most until now is forgotten
        before = most_memory(pid)
        page.get_by_test_id("stFileUploader").first.locator("input[type=file]").set_input_files(
            video
        )
        page.get_by_text("large.mp4 is not a video").wait_for(timeout=WORKING)
        assert most_memory(pid) - before < 100 * MB
        context.close()
        assert not files_in(folder)
