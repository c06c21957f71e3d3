"""The README's examples do what it says, and it can be read in one go."""

import os
import re
import shlex
import subprocess
import sys

import pytest

from tests.paths import ROOT, finder_is_installed

README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", README, re.DOTALL)
PYTHON = [code for language, code in BLOCKS if language == "python"]
COMMANDS = [
    line.split("#")[0].strip()
    for language, code in BLOCKS
    if not language and "EXPRESSRATE" not in code and "training" not in code
    for line in code.splitlines()
    if line.startswith("python -m")
]

needs_finder = pytest.mark.skipif(
    not finder_is_installed(), reason="the face landmarker is not installed"
)


def run(words, folder):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    environment.pop("EXPRESSRATE_CHECKPOINTS", None)
    environment["EXPRESSRATE_STATE"] = str(folder / "state")
    done = subprocess.run(
        words, cwd=folder, env=environment, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, f"{shlex.join(words)}\n{done.stderr[-2000:]}"
    return done.stdout


@pytest.fixture
def folder(tmp_path):
    """A folder that holds what a checkout holds for the commands: its checkpoints."""
    (tmp_path / "checkpoints").symlink_to(ROOT / "checkpoints")
    return tmp_path


def test_it_has_at_most_150_lines_and_the_commands_of_its_first_screen():
    assert len(README.splitlines()) <= 150
    assert "make app" in README and "make test" in README
    assert len(COMMANDS) >= 8 and len(PYTHON) == 1


def test_every_file_that_it_links_to_is_there():
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert links and [link for link in links if not (ROOT / link).exists()] == []


@needs_finder
@pytest.mark.slow
def test_the_example_of_the_library_runs(folder):
    said = run([sys.executable, "-c", PYTHON[0]], folder)
    assert "bytes" in said and "happy" in said and "AU12" in said


@needs_finder
@pytest.mark.slow
def test_the_commands_run_one_after_the_other(folder):
    for command in COMMANDS:
        words = shlex.split(command)
        assert words[:2] == ["python", "-m"]
        run([sys.executable, *words[1:]], folder)
    assert (folder / "report.html").stat().st_size > 10_000
    assert (folder / "face.png").read_bytes().startswith(b"\x89PNG")
