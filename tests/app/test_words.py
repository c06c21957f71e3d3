"""A stranger's words are shown as words, in every file of the pages."""

import ast

import pytest

from pages.parts.shared.words import plain
from tests.paths import ROOT

SHOWN = {
    "markdown", "caption", "info", "warning", "error", "success", "write", "title", "header",
    "subheader", "badge", "toast", "expander", "button", "download_button", "image", "metric",
    "checkbox", "toggle", "radio", "segmented_control", "pills", "tabs", "popover", "link_button",
    "progress", "spinner", "status",
}  # fmt: skip
"""Streamlit's elements whose first argument, caption, text or help is Markdown."""

QUOTING = {
    "error", "remark", "alarm", "failure", "person", "participant", "group", "event", "note", "reason",
    "text", "section",
}  # fmt: skip
"""Names in the pages for errors that quote a visitor, and for words that a visitor chose."""

FOREIGN = QUOTING | {"given", "kept", "brought", "clip", "file", "upload"}
"""Names for what a visitor brought, whose names are foreign."""


def mentions(node: ast.AST) -> bool:
    """Whether an expression shows something foreign that went through no ``plain``."""
    if isinstance(node, ast.Call):
        name = node.func.id if isinstance(node.func, ast.Name) else None
        if name == "plain" or name == "len":
            return False
        return any(mentions(part) for part in [*node.args, *node.keywords]) or (
            isinstance(node.func, ast.Attribute) and mentions(node.func.value)
        )
    if isinstance(node, ast.Attribute):
        owner = node.value.attr if isinstance(node.value, ast.Attribute) else None
        owner = node.value.id if isinstance(node.value, ast.Name) else owner
        return node.attr in ("name", "why", "text") and owner in FOREIGN
    if isinstance(node, ast.Name):
        return node.id in QUOTING
    if isinstance(node, ast.IfExp):
        return mentions(node.body) or mentions(node.orelse)
    if isinstance(node, ast.Compare):
        return False
    return any(mentions(child) for child in ast.iter_child_nodes(node))


def offences(source: str) -> list[int]:
    """Lines on which something foreign is shown as Markdown."""
    lines = []
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in SHOWN
        ):
            named = [k.value for k in node.keywords if k.arg in ("caption", "text", "help")]
            texts = [*node.args[:1], *named]
            texts = [text for text in texts if not isinstance(text, ast.Name) or text.id in QUOTING]
            lines += [node.lineno for text in texts if mentions(text)]
    return lines


@pytest.mark.parametrize(
    "path", sorted((ROOT / "pages").rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT))
)
def test_foreign_words_pass_through_plain(path):
    assert offences(path.read_text()) == []


def test_the_check_sees_what_it_should():
    assert offences('st.error(str(error))\nst.caption(f"from {brought.name}")') == [1, 2]
    assert offences('st.error(plain(error))\nst.caption(f"from {plain(brought.name)}")') == []


def test_markdown_means_nothing_in_a_strangers_words():
    said = plain("![x](http://127.0.0.1:9099/a.png) **b** :red[c] $x^2$ <b>\n# d `e` | ~f~")
    for sign in ("![", "[x]", "http://", "**", " :red", " $x", " <b", "\n"):
        assert sign not in said, sign
    for sign in ("`e", "|", "~f", "#", "!", "[", "]", "$"):
        assert "\\" + sign in said, sign


def test_very_long_words_are_cut():
    assert len(plain("a" * 5000)) < 700
