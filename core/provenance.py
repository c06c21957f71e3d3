"""Which code made a number: version, commit, a fingerprint of sources, versions of packages."""

import hashlib
import importlib.metadata
import subprocess
from collections.abc import Iterable
from pathlib import Path

VERSION = "0.4.0"

ROOT = Path(__file__).resolve().parent.parent
"""The folder that holds ``core``, ``checkpoints`` and ``pages``."""


def code_version() -> str:
    """``0.4.0+abc1234`` in a git checkout (``.dirty`` if changed), ``0.4.0`` elsewhere."""
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty=.dirty", "--exclude=*"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=5)
    except (OSError, subprocess.TimeoutExpired):
        return VERSION
    return f"{VERSION}+{answer.stdout.strip()}" if answer.returncode == 0 else VERSION


def source_fingerprint(parts: Iterable[str]) -> str:
    """12 hex digits that change when a source file of ``parts`` (paths inside ``core``) does."""
    digest = hashlib.sha256()
    for part in parts:
        path = ROOT / "core" / part
        for source in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            digest.update(source.relative_to(ROOT).as_posix().encode())
            digest.update(source.read_bytes())
    return digest.hexdigest()[:12]


def package_versions(names: Iterable[str]) -> dict[str, str]:
    """Distribution name -> version, ``not installed`` where it is not."""
    versions = {}
    for name in names:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = "not installed"
    return versions
