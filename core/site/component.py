"""Components of the browser: markup, style and script, the same in the app and in pages handed round.

A script is an ES module whose default export is called with ``data`` (bytes or JSON), ``parentElement``
and ``setStateValue``, as Streamlit's components are.
"""

from dataclasses import dataclass
from pathlib import Path

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Component:
    """One component: its name, and what a browser needs of it."""

    name: str
    html: str
    css: str
    js: str


def _text(*names: str) -> str:
    return "\n".join((_HERE / name).read_text(encoding="utf-8") for name in names)


def pair() -> Component:
    """The viewer whose sides the server chooses (Compress); data: :func:`core.site.viewer.buffer.pack`."""
    scripts = _text("viewer/stage.js", "viewer/facts.js", "viewer/viewer.js", "viewer/pair.js")
    return Component("viewer", _text("viewer/viewer.html"), _text("viewer/viewer.css"), scripts)


def live() -> Component:
    """The viewer whose sides are chosen in it; data: :func:`core.site.viewer.buffer.pack_live`."""
    scripts = _text("viewer/stage.js", "viewer/facts.js", "viewer/viewer.js", "viewer/live.js")
    html = _text("viewer/live.html").replace("{viewer}", _text("viewer/viewer.html"))
    return Component("live", html, _text("viewer/viewer.css", "viewer/live.css"), scripts)
