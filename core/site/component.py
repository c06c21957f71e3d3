"""Components of the browser: markup, style and script, the same in the app and in pages handed round.

A script is an ES module whose default export is called with ``data`` (bytes or JSON), ``parentElement``
and ``setStateValue``, as Streamlit's components are.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from core.site.line_chart import CSS as CHART_CSS

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
    scripts = _text(*_VIEWER, "viewer/pair.js")
    return Component("viewer", _text("viewer/viewer.html"), _text("viewer/viewer.css"), scripts)


_VIEWER = ("viewer/stage.js", "viewer/facts.js", "viewer/viewer.js")


def live() -> Component:
    """The viewer whose sides are chosen in it; data: :func:`core.site.viewer.buffer.pack_live`."""
    scripts = _text(*_VIEWER, "viewer/live.js", "viewer/live_alone.js")
    return Component("live", _live_html(), _text("viewer/viewer.css", "viewer/live.css"), scripts)


def lesson() -> Component:
    """The lesson with all its explorables; data: :func:`core.site.lesson.lesson.pack_lesson`."""
    widgets = ("live_task", "coefficient", "landscape", "share", "reading")
    scripts = _text(*_VIEWER, "viewer/live.js", *(f"lesson/{name}.js" for name in widgets))
    scripts += f"\nconst LIVE = {json.dumps(_live_html())};\n" + _text("lesson/lesson.js")
    styles = _text("viewer/viewer.css", "viewer/live.css", "lesson/lesson.css")
    return Component("lesson", _text("lesson/lesson.html"), styles + CHART_CSS, scripts)


def figure() -> Component:
    """A drawing of ours; data: its markup, as JSON."""
    script = (
        "export default function ({ data, parentElement }) {\n"
        '  parentElement.querySelector(".figure").innerHTML = data;\n}\n'
    )
    return Component("figure", '<div class="figure"></div>', CHART_CSS, script)


def _live_html() -> str:
    return _text("viewer/live.html").replace("{viewer}", _text("viewer/viewer.html"))
