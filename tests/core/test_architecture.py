"""Who may import whom: app -> pages -> core, and inside core the arrows of the README's layout."""

import ast
from itertools import combinations
from pathlib import Path

import pytest

from tests.paths import ROOT

MAY_IMPORT = {
    "codec": set(),
    "recognition": set(),
    "cohort": set(),
    "data": set(),
    "face": {"recognition"},
    "synthetic": {"face", "cohort"},
    "evaluation": {"data", "codec", "recognition", "face"},
    "training": {"data", "codec", "recognition", "face", "synthetic", "evaluation"},
    "bridge": {"evaluation", "face", "codec", "cohort"},
    "reading_test": {"codec", "data", "evaluation", "recognition"},
    "site": {"evaluation", "face", "codec", "cohort", "bridge", "recognition", "data", "synthetic"},
}
"""Folder of core -> the folders that it may import; single files beside them are free to all."""


def imports(path: Path) -> set[str]:
    """Dotted names that a file imports, at any depth."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return names


def core_parts(path: Path) -> set[str]:
    """First-level parts of core that a file imports: folders, and single files by their stem."""
    parts = {name.split(".")[1] for name in imports(path) if name.startswith("core.")}
    known = {p.stem if p.suffix else p.name for p in (ROOT / "core").iterdir()}
    return parts & known


def folders() -> list[str]:
    """The folders of core."""
    return sorted(p.parent.name for p in (ROOT / "core").glob("*/__init__.py"))


def imported_by(part: str) -> set[str]:
    """What a folder or a single file of core imports, itself left out."""
    path = ROOT / "core" / part
    files = path.rglob("*.py") if path.is_dir() else [path.with_suffix(".py")]
    return set().union(*(core_parts(file) for file in files)) - {part}


def test_every_folder_of_core_has_its_arrows():
    assert set(folders()) <= set(MAY_IMPORT)


@pytest.mark.parametrize("part", folders())
def test_a_folder_of_core_imports_only_what_the_layout_allows(part):
    odd = {
        str(file.relative_to(ROOT)): core_parts(file) & set(folders()) - MAY_IMPORT[part] - {part}
        for file in sorted((ROOT / "core" / part).rglob("*.py"))
    }
    assert not {name: extra for name, extra in odd.items() if extra}


def test_no_two_parts_of_core_import_each_other():
    files = [p.stem for p in (ROOT / "core").glob("*.py") if p.stem != "__init__"]
    arrows = {part: imported_by(part) for part in [*folders(), *files]}
    both = [(a, b) for a, b in combinations(arrows, 2) if b in arrows[a] and a in arrows[b]]
    assert not both


def test_no_two_rooms_of_the_pages_import_each_other():
    rooms = [p.name for p in (ROOT / "pages" / "parts").iterdir() if (p / "__init__.py").exists()]
    arrows = {
        room: {
            name.split(".")[2]
            for file in (ROOT / "pages" / "parts" / room).glob("*.py")
            for name in imports(file)
            if name.startswith("pages.parts.")
        }
        for room in rooms
    }
    assert len(rooms) > 5
    assert not [(a, b) for a, b in combinations(rooms, 2) if b in arrows[a] and a in arrows[b]]


def test_core_never_imports_streamlit_pages_or_the_app():
    for file in (ROOT / "core").rglob("*.py"):
        tops = {name.split(".")[0] for name in imports(file)}
        assert not tops & {"streamlit", "pages", "app", "tests"}, file


def test_pages_do_not_import_the_app():
    for file in (ROOT / "pages").rglob("*.py"):
        assert "app" not in {name.split(".")[0] for name in imports(file)}, file


def test_the_arrows_are_really_read(tmp_path):
    file = tmp_path / "bad.py"
    file.write_text("def f():\n    from core.codec.network import pad\n    import streamlit\n")
    assert core_parts(file) == {"codec"}
    assert "streamlit" in imports(file)


def test_no_file_of_the_product_reaches_the_network_or_unpickles():
    for file in [*(ROOT / "core").rglob("*.py"), *(ROOT / "pages").rglob("*.py")]:
        tops = {name.split(".")[0] for name in imports(file)}
        if file == ROOT / "core" / "doctor.py":
            tops -= {"socket"}  # asks whether a port of this machine is free
        assert not tops & {"pickle", "requests", "urllib3", "socket", "joblib"}, file
        assert "allow_pickle=True" not in file.read_text(), file


def test_every_name_that_a_file_takes_from_another_of_ours_is_there():
    import importlib

    missing = []
    for file in [*(ROOT / "core").rglob("*.py"), *(ROOT / "pages" / "parts").rglob("*.py")]:
        for node in ast.walk(ast.parse(file.read_text())):
            ours = isinstance(node, ast.ImportFrom) and not node.level and node.module
            if not ours or node.module.split(".")[0] not in ("core", "pages"):
                continue
            module = importlib.import_module(node.module)
            for alias in node.names:
                if not hasattr(module, alias.name):
                    try:
                        importlib.import_module(f"{node.module}.{alias.name}")
                    except ModuleNotFoundError:
                        missing.append(f"{file.relative_to(ROOT)}: {node.module}.{alias.name}")
    assert not missing
