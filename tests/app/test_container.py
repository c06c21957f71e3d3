"""The steps of the Dockerfile, without Docker: another user, a tree that cannot be written, no network."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from tests.app.test_other_user import AS_NOBODY
from tests.core.processes import PATIENCE
from tests.paths import ROOT, copy_tree

DOCKERFILE = (ROOT / "Dockerfile").read_text()
LOOPBACK = """
import fcntl, os, socket, struct, sys
with socket.socket() as any:
    fcntl.ioctl(any, 0x8914, struct.pack("16sh", b"lo", 65))  # up and running
os.execvp(sys.argv[1], sys.argv[1:])
"""
"""Brings the one network device up that a new network namespace has, and goes on as another program."""


def settings() -> dict[str, str]:
    """The environment that the image sets."""
    lines = re.findall(r"^ENV (.*)$", DOCKERFILE, re.MULTILINE)
    return dict(pair.split("=", 1) for line in lines for pair in line.split())


def health_check() -> list[str]:
    """The command that the image is asked by whether it is well, without its Python."""
    return json.loads(re.search(r"HEALTHCHECK.*?CMD (\[.*?\])\n", DOCKERFILE, re.DOTALL)[1])[1:]


@pytest.fixture
def image():
    """A copy of the tree that nobody may write, what the image sets, and a folder for everybody."""
    home = Path(tempfile.mkdtemp())  # pytest's own folders are closed to others
    home.chmod(0o755)
    tree, temporary, compiled = (home / name for name in ("app", "tmp", "compiled"))
    copy_tree(tree, "tests")
    for folder in (temporary, compiled):
        folder.mkdir()
        folder.chmod(0o777)
    places = {"HOME": str(temporary), "TMPDIR": str(temporary), "NUMBA_CACHE_DIR": str(compiled)}
    yield tree, {"PATH": os.environ["PATH"], **settings(), **places}
    shutil.rmtree(home, ignore_errors=True)


@pytest.mark.slow
@pytest.mark.skipif(
    not hasattr(os, "getuid")
    or os.getuid() != 0
    or not (shutil.which("setpriv") and shutil.which("unshare")),
    reason="only root may be another, and without a network",
)
def test_the_images_steps_work_for_nobody_without_a_network(image):
    tree, environment = image
    can = subprocess.run(["unshare", "-n", "true"], capture_output=True)
    if can.returncode:
        pytest.skip("no network namespace can be made here")

    def run(*arguments: str) -> str:
        command = [*AS_NOBODY, sys.executable, *arguments]
        ran = subprocess.run(
            command, cwd=tree, env=environment, capture_output=True, text=True, timeout=5 * PATIENCE
        )
        assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-2000:]
        return ran.stdout

    assert "Everything is here" in run("-m", "core", "doctor")
    face, stored = "checkpoints/gallery/women-fair-neutral.png", environment["HOME"] + "/face.xpr"
    if (ROOT / face).is_file():
        run("-m", "core.codec", "encode", face, stored)

    inside = ["unshare", "-n", sys.executable, "-c", LOOPBACK, *AS_NOBODY]
    server = subprocess.Popen(
        [*inside, sys.executable, "app.py"], cwd=tree, env=environment, stderr=subprocess.PIPE
    )
    try:
        namespace = ["nsenter", "-t", str(server.pid), "-n", sys.executable, *health_check()]
        end, well = time.monotonic() + PATIENCE, False
        while not well and time.monotonic() < end and server.poll() is None:
            well = subprocess.run(namespace, capture_output=True).returncode == 0
            time.sleep(0.5)
        assert well, (
            server.stderr.read().decode()[-2000:] if server.poll() is not None else "silent"
        )
    finally:
        server.terminate()
        server.wait(PATIENCE)
    written = [path for path in tree.rglob("*") if path.stat().st_uid == 65534]
    assert not written
