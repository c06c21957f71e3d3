"""A page that is handed round: one HTML file with everything in it, which asks nobody for anything."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from core import provenance
from core.errors import InputError
from core.site.component import Component

MOST_OF_A_VIEW = 2_000_000
"""Bytes of one page."""

MOST_OF_A_SITE = 15_000_000
"""Bytes of a whole folder of pages."""


@dataclass(frozen=True, slots=True)
class Part:
    """A component in a page, with its data: bytes, or JSON as text."""

    component: Component
    data: bytes | str


@dataclass(frozen=True, slots=True)
class Link:
    """A way to another page of the same folder."""

    file: str
    title: str


def page(
    title: str,
    purpose: str,
    body: Sequence[str | Part],
    *,
    file: str = "",
    links: Sequence[Link] = (),
    notes: Sequence[str] = (),
    styles: str = "",
) -> str:
    """The whole page: ``body`` is HTML and components in their order.

    ``purpose``, ``notes`` and HTML may hold markup of ours; whatever a visitor named must be escaped
    by who passes it.  ``file``: the page's own name, for the line that embeds it.
    """
    pages = Environment(
        loader=PackageLoader("core.site"), undefined=StrictUndefined, autoescape=True
    )
    return pages.get_template("page.html").render(
        title=title,
        purpose=Markup(purpose),
        body=[_shown(number, each) for number, each in enumerate(body)],
        file=file,
        frame=iframe(file, title) if file else "",
        links=links,
        notes=[Markup(note) for note in notes],
        styles=Markup(styles),
        version=provenance.code_version(),
    )


def iframe(file: str, title: str) -> str:
    """The line that shows a page inside another."""
    return (
        f'<iframe src="{escape(file)}" title="{escape(title)}" width="100%" height="720" '
        'style="border:0" loading="lazy"></iframe>'
    )


def check_size(text: str, what: str, most: int = MOST_OF_A_VIEW) -> bytes:
    """The page as bytes.  Raises InputError where it is larger than pages may be."""
    content = text.encode()
    if len(content) > most:
        raise InputError(
            f"{what} has {len(content) / 1e6:.1f} MB; a page may have {most / 1e6:.0f}. Choose a "
            "smaller coded size."
        )
    return content


_EXPORT = "export default function"


def _shown(number: int, each: str | Part) -> dict:
    if isinstance(each, str):
        return {"html": Markup(each), "part": None}
    binary = isinstance(each.data, bytes)
    data = base64.b64encode(each.data).decode() if binary else each.data.replace("</", "<\\/")
    return {
        "part": {
            "id": f"part-{number}",
            "name": each.component.name,
            "html": Markup(each.component.html),
            "css": Markup(each.component.css),
            "js": Markup(each.component.js.replace(_EXPORT, "const component = function")),
            "data": Markup(data),
            "binary": binary,
        }
    }
