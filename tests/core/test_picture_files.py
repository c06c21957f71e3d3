"""One list of picture formats, used wherever pictures are opened."""

import ast

import pytest

from core.errors import InputError
from core.picture_files import FORMATS, SUFFIXES, open_picture
from tests.paths import ROOT

SOURCES = sorted([*(ROOT / "core").rglob("*.py"), *(ROOT / "pages").rglob("*.py")])


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_picture_is_opened_in_any_format_that_pillow_knows(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Image.open":
            assert "formats" in {word.arg for word in node.keywords}


def test_formats_that_run_programs_or_open_other_files_are_not_listed():
    assert not {"EPS", "WMF", "PSD", "ICNS", "FPX", "MIC", "WAL"} & set(FORMATS)
    assert {".jfif", ".heic", ".png"} <= set(SUFFIXES)


def test_a_missing_file_is_refused_by_name(tmp_path):
    with pytest.raises(InputError, match=r"nobody\.png"):
        open_picture(tmp_path / "nobody.png")
