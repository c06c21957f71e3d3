"""Who may import whom: app -> pages -> core, and inside core the arrows of the README's layout."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAY_IMPORT = {
    "codec": set(),
    "recognition": set(),
    "cohort": set(),
    "face": {"recognition"},
    "figures": {"evaluation", "recognition"},
    "evaluation": {"codec", "recognition", "training", "face", "figures"},
    "training": {"codec", "recognition", "face", "evaluation"},
    "bridge": {"codec", "recognition", "cohort", "training", "evaluation", "face", "figures"},
}
SHARED = {"errors", "checkpoints", "precision", "torchvision_ops", "version", "facs", "colours"}


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
    """First-level parts of core that a file imports."""
    parts = {name.split(".")[1] for name in imports(path) if name.startswith("core.")}
    known = {p.stem if p.suffix else p.name for p in (ROOT / "core").iterdir()}
    return parts & known


@pytest.mark.parametrize("part", sorted(MAY_IMPORT))
def test_a_part_of_core_imports_only_what_the_layout_allows(part):
    folder = ROOT / "core" / part
    files = sorted(folder.rglob("*.py")) if folder.is_dir() else [ROOT / "core" / f"{part}.py"]
    allowed = MAY_IMPORT[part] | SHARED | {part}
    odd = {str(f.relative_to(ROOT)): core_parts(f) - allowed for f in files if f.exists()}
    assert not {name: extra for name, extra in odd.items() if extra}


def test_core_never_imports_streamlit_pages_or_the_app():
    for file in (ROOT / "core").rglob("*.py"):
        tops = {name.split(".")[0] for name in imports(file)}
        assert not tops & {"streamlit", "pages", "app", "tests"}, file


def test_pages_do_not_import_the_app():
    for file in (ROOT / "pages").rglob("*.py"):
        assert "app" not in {name.split(".")[0] for name in imports(file)}, file


def test_the_arrows_are_really_read(tmp_path):
    file = tmp_path / "bad.py"
    file.write_text("def f():\n    from core.codec.model import pad\n    import streamlit\n")
    assert core_parts(file) == {"codec"}
    assert "streamlit" in imports(file)


def test_no_file_of_the_product_reaches_the_network_or_unpickles():
    for file in [*(ROOT / "core").rglob("*.py"), *(ROOT / "pages").rglob("*.py")]:
        tops = {name.split(".")[0] for name in imports(file)}
        assert not tops & {"pickle", "requests", "urllib3", "socket", "joblib"}, file
        assert "allow_pickle=True" not in file.read_text(), file
