"""The doctor names what is missing and what to do, and says so by its exit code."""

import json
import os
import socket
import subprocess
import sys

import pytest

from core import doctor
from core.folders import keep_compiled_code, private_folder, state_folder
from tests.paths import ROOT


@pytest.mark.parametrize("version", [(3, 10), (3, 13), (3, 14)])
def test_another_python_is_told_what_to_take(version):
    assert "3.11 or 3.12" in doctor.python(version).remedy


@pytest.mark.parametrize("version", [(3, 11), (3, 12)])
def test_a_python_that_fits_needs_no_remedy(version):
    assert doctor.python(version).remedy == ""


def test_systems_without_builds_are_told_so():
    assert "WSL" in doctor.system("Windows", "AMD64", ("", "")).remedy
    assert "Intel" in doctor.system("Darwin", "x86_64", ("", "")).remedy
    assert doctor.system("Linux", "x86_64", ("glibc", "2.36")).remedy == ""


def test_a_missing_package_is_named(tmp_path):
    listed = tmp_path / "requirements.txt"
    listed.write_text("numpy==1.26.4\nno-such-package==1.0\n")
    assert "no-such-package" in doctor.packages(listed)[0].state
    assert doctor.packages(listed)[0].remedy


def test_no_weights_damaged_weights_and_a_broken_card_are_named(tmp_path):
    (finding,) = doctor.weights(tmp_path)
    assert finding.remedy
    (tmp_path / "half.json").write_text('{"id": "ha')
    (tmp_path / "base.json").write_text(json.dumps({"id": "base", "fingerprint": "00"}))
    (tmp_path / "base.safetensors").write_bytes(b"other")
    (finding,) = doctor.weights(tmp_path)
    assert "half.json" in finding.state and "base.safetensors" in finding.state


def test_a_taken_port_is_a_note():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        finding = doctor.free_port(taken.getsockname()[1])
    assert finding.remedy and not finding.needed


@pytest.mark.slow
def test_the_command_ends_with_one_without_weights(tmp_path):
    ran = subprocess.run(
        [sys.executable, "-m", "core", "doctor"],
        cwd=ROOT, env={"EXPRESSRATE_CHECKPOINTS": str(tmp_path), "PATH": ""}, capture_output=True,
        text=True,
    )  # fmt: skip
    assert ran.returncode == 1 and "MISS  Weights" in ran.stdout, ran.stderr


def test_without_a_home_work_has_a_private_place(monkeypatch, tmp_path):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    for name in ("HOME", "EXPRESSRATE_STATE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pathlib.Path.home", lambda: (_ for _ in ()).throw(RuntimeError("no home")))
    assert state_folder().is_relative_to(private_folder())
    assert private_folder().stat().st_mode & 0o077 == 0


def test_a_folder_of_somebody_elses_making_is_not_taken(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    made = private_folder()
    made.chmod(0o777)
    assert private_folder() != made


def test_compiled_code_goes_to_the_users_folder_where_the_tree_cannot_be_written(
    monkeypatch, tmp_path
):
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    keep_compiled_code(tmp_path)
    assert "NUMBA_CACHE_DIR" not in os.environ
    keep_compiled_code(tmp_path / "missing")
    assert os.environ["NUMBA_CACHE_DIR"].startswith(str(tmp_path))
