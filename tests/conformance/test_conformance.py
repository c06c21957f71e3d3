"""Files that were written once are read alike by every kind of processor.

Forty files, and what they hold, are kept here.  Processes that are told to use other instructions than this
machine's own (ATen's and MKL's switches) read them with one thread and with two: every symbol must be the
same, and every pixel within one level of what double precision gives.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core import checkpoints
from core.codec import load
from core.codec.pictures import read_picture
from tests.paths import ROOT

HERE = Path(__file__).parent
EXPECTED = json.loads((HERE / "expected.json").read_text())
WAYS = {
    way: {"ATEN_CPU_CAPABILITY": way, "MKL_CBWR": branch, "ONEDNN_MAX_CPU_ISA": isa}
    for way, branch, isa in (
        ("default", "COMPATIBLE", "SSE41"), ("avx2", "AVX2", "AVX2"),
        ("avx512", "AVX512", "AVX512_CORE"),
    )
}  # fmt: skip


def missing(way: str) -> bool:
    """Whether this machine lacks the instructions of a way (asked for all the same, they end a process)."""
    known = Path("/proc/cpuinfo")
    flags = known.read_text() if known.exists() else ""
    return {"avx2": "avx2", "avx512": "avx512f"}.get(way, "") not in flags


@pytest.fixture(scope="session")
def written_here(tmp_path_factory):
    """Gallery faces as the weights that ship store them, and what their symbols and pixels are here."""
    from tests.conformance.reading import read_all

    folder = tmp_path_factory.mktemp("here")
    faces = sorted((checkpoints.folder() / "gallery").glob("*.png"))[::20][:2]
    if not faces or not checkpoints.cards("codec"):
        return None
    codec = load()
    for i, face in enumerate(faces):
        pixels = np.ascontiguousarray(read_picture(face)[::6, ::6])
        for quality in (0.1, 0.7):
            (folder / f"{i}-{quality}.xpr").write_bytes(codec.encode(pixels, quality))
    return folder, read_all(folder)


def read_elsewhere(way: str, *folders: tuple[Path, Path]) -> dict:
    """What a process with that way's switches reads in each folder, with each number of threads."""
    named = [str(path) for pair in folders for path in pair]
    told = subprocess.run(
        [sys.executable, "-m", "tests.conformance.reading", *named],
        env={**os.environ, **WAYS[way]}, cwd=ROOT, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr[-2000:]
    return json.loads(told.stdout)


def test_forty_small_files_are_kept():
    files = list((HERE / "files").glob("*.xpr"))
    assert sorted(EXPECTED) == sorted(file.name for file in files) and len(files) == 40
    kinds = {file.name.split("-")[0] for file in files}
    assert kinds == {"one", "many", "exact"}
    kept = [path for path in HERE.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    assert sum(path.stat().st_size for path in kept) < 300_000


def test_files_are_read_here_as_they_were_written(monkeypatch):
    from tests.conformance.reading import read_all

    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(HERE / "checkpoints"))
    found = read_all(HERE / "files")
    assert len(found) == 40
    _agree(found, EXPECTED)


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_files_are_read_alike_by_every_kind_of_processor(way, written_here):
    if missing(way):
        pytest.skip(f"this processor has no {way}")
    folders, expected = [(HERE / "files", HERE / "checkpoints")], [EXPECTED]
    if written_here is not None:
        folders.append((written_here[0], checkpoints.folder()))
        expected.append(written_here[1])
    read = read_elsewhere(way, *folders)
    if sys.platform == "linux" and os.uname().machine == "x86_64":
        assert way in read["capability"].lower().replace("no avx", "default")  # the switch works
    assert len(read["found"]) == 2 * len(folders)
    for i, found in enumerate(read["found"]):
        assert len(found) >= len(expected[i // 2]) / 3
        _agree(found, {name: expected[i // 2][name] for name in found})


def _agree(found: dict, expected: dict) -> None:
    assert {name: (each["symbols"], each["pixels"]) for name, each in found.items()} == {
        name: (each["symbols"], each["pixels"]) for name, each in expected.items()
    }
    assert max(each["levels_off"] for each in found.values()) <= 1


def test_a_changed_symbol_would_be_seen(monkeypatch):
    from tests.conformance import reading

    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(HERE / "checkpoints"))
    name = "one-64x64-q120.xpr"
    file = (HERE / "files" / name).read_bytes()
    assert reading.read_one(file)["symbols"] == EXPECTED[name]["symbols"]
    right = reading.unpack

    def changed(*arguments):
        latents = right(*arguments)
        latents.y[0, 0, 0] += 1
        return latents

    monkeypatch.setattr(reading, "unpack", changed)
    wrong = reading.read_one(file)
    assert (
        wrong["symbols"] != EXPECTED[name]["symbols"]
        and wrong["pixels"] != EXPECTED[name]["pixels"]
    )
