"""One view of the app as a page to take along: the face on two sides at every quality, as it was set."""

import re
from dataclasses import dataclass, replace
from html import escape

import pandas as pd

from core.evaluation.measuring.versions import Coded, Picture
from core.evaluation.results.curves import QUALITIES
from core.evaluation.results.estimates import STATED
from core.site.component import pair
from core.site.faces import weights_of
from core.site.line_chart import CSS
from core.site.measured import curve_chart, points_table
from core.site.page import MOST_OF_A_VIEW, Part, check_size, page
from core.site.viewer.buffer import AsFile, lossy, pack, pack_side, small

_FRAME = 80_000
"""Bytes of a page around its pictures, generously."""


def view_page(face: Picture, left: Coded | None, right: Coded, settings: dict, file: str) -> bytes:
    """The page; pictures without loss where they fit, else as WebP, which the page then says.

    Raises InputError where even that is too large.
    """
    data, way = _within(face, left, right, settings)
    sides = [side for side in (left, right) if side is not None]
    notes = [
        f"Checkpoints: {', '.join(f'{id} {mark[:12]}' for id, mark in weights_of(sides).items())}."
    ]
    notes += [way.note] if way.note else []
    titles = " and ".join(escape(side.version.title) for side in sides)
    text = page(
        face.name, f"{titles}: drag a quality and watch what is read.", [Part(pair(), data)],
        file=file, notes=notes,
    )  # fmt: skip
    return check_size(text, "This view")


def curves_view(points: pd.DataFrame, quality: str, rate: str, level: float, note: str) -> bytes:
    """Curves as they were chosen, with their points; ``level``: accuracy on originals, NaN for none."""
    named = None if level != level else ("The original faces", level)
    body = curve_chart(points, quality, rate, named) + points_table(points, quality)
    text = page(
        f"{QUALITIES[quality]} against the rate", "", [body], file="expressrate-curves.html",
        notes=[note, f"Bands are {STATED}."], styles=CSS,
    )  # fmt: skip
    return check_size(text, "This view")


def file_of(name: str) -> str:
    """A file name for the view of a picture."""
    return f"expressrate-{re.sub('[^a-z0-9]+', '-', name.lower()).strip('-')[:40] or 'view'}.html"


@dataclass(frozen=True, slots=True)
class _Way:
    """How pictures are kept: without loss (None) or as WebP of a quality; of so many settings one."""

    quality: int | None = None
    every: int = 1

    @property
    def as_file(self) -> AsFile:
        return small if self.quality is None else lossy(self.quality)

    @property
    def note(self) -> str:
        """What a page says of it; empty where nothing is lost."""
        if self.quality is None:
            return ""
        thinned = f" and only one of {self.every} settings is here" if self.every > 1 else ""
        return (
            f"To keep this page small its pictures are stored as WebP of quality {self.quality}{thinned}; "
            "bytes, PSNR and readings are those of the true ones."
        )


_WAYS = (_Way(), *(_Way(q) for q in (92, 85, 75, 60, 40)), _Way(40, 2), _Way(40, 4), _Way(20, 6))


def _within(face, left, right, settings) -> tuple[bytes, _Way]:
    """The buffer in the first way that is small enough, and that way; the last where none is."""
    room = 3 * (MOST_OF_A_VIEW - _FRAME) // 4  # base64
    ways = [way for way in _WAYS if _guess(face, left, right, way) <= 1.5 * room] or _WAYS[-1:]
    for way in ways:
        sides = [side and _thinned(side, way.every) for side in (left, right)]
        packed = [side and pack_side(side, way.as_file) for side in sides]
        buffer = pack(face, *packed, settings, 0, way.as_file)
        if len(buffer) <= room:
            break
    return buffer, way


def _thinned(side: Coded, every: int) -> Coded:
    return replace(side, points=side.points[::every])


def _guess(face: Picture, left: Coded | None, right: Coded, way: _Way) -> float:
    """About how many bytes: half of what it were if every picture were as rich as the original."""
    count = sum(len(side.points) for side in (left, right) if side is not None) / way.every
    return 0.5 * count * len(way.as_file(face.pixels))
