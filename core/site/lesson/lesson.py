"""The lesson put together: the steps, what they show, and the sheet for paper."""

import json
import struct
from html import escape

from core.evaluation.readings import companions
from core.evaluation.results.estimates import Estimates
from core.formatting import signed
from core.gallery import faces, first_face
from core.site import component
from core.site.faces import Models, coded, gallery_face, shipped_versions
from core.site.lesson import steps
from core.site.lesson.coefficient import drop_of, pack_coefficients
from core.site.lesson.faces_to_read import faces_to_read, pack_faces
from core.site.lesson.figures import figures
from core.site.lesson.landscape import landscape, pack_landscape
from core.site.lesson.share import pack_share, share
from core.site.page import Link, Part, page
from core.site.viewer.buffer import first_settings, joined, pack_live

QUALITY = 93
"""Quality index of the face whose coefficients are looked at."""

_SHOWN = ("baseline", "joint", "jpeg")
_TITLE = "A lesson in six steps"
_PURPOSE = (
    f"{sum(steps.MINUTES)} minutes: a guess, a look, something to do, six times. Every number was measured "
    "here."
)


def make_lesson(models: Models, estimates: Estimates) -> tuple[list[dict], list[bytes]]:
    """The steps, and the buffers of what they show, by their place.

    Raises InputError where checkpoints, gallery or tables lack what a step needs.
    """
    face = gallery_face(first_face(faces()))
    sides = [coded(face, each, models) for each in shipped_versions() if each.method in _SHOWN]
    reading = companions()[0]
    codec, print_ = models.codec(reading.codec.id), reading.codec.fingerprint
    classifier, _ = models.classifier(reading.classifier)
    coefficients = pack_coefficients(codec, print_, classifier, face, QUALITY)
    opened = head_of(coefficients)
    land = landscape(estimates.plane())
    split = estimates.split()
    gain = share(split)
    read, pictures = faces_to_read(codec, print_, classifier)
    known = figures(estimates)
    buffers = {
        "live": pack_live(face, sides, first_settings(70)),
        "coefficient": coefficients,
        "landscape": pack_landscape(land),
        "share": pack_share(gain),
        "reading": pack_faces(read, pictures),
    }
    lesson_steps = [
        steps.what_a_bit_buys(known),
        steps.what_the_error_map_hides(known),
        steps.what_the_classifier_needs(drop_of(opened), opened["columns"], opened["bits"]),
        steps.what_the_loss_weights_trade(known, land["wanted"]),
        steps.whose_gain(
            known, split.rate.value, split.codec.share.value, _points(split.codec.points)
        ),
        steps.can_you_read_it(read["faces"]),
    ]
    places = {name: place for place, name in enumerate(buffers)}
    for step, minutes in zip(lesson_steps, steps.MINUTES, strict=True):
        step |= {"minutes": minutes, "part": places[step["part"]]}
    return lesson_steps, list(buffers.values())


def pack_lesson(faces: list[dict], buffers: list[bytes], progress: dict | None = None) -> bytes:
    """The component's buffer; without ``progress`` the page keeps it by itself."""
    return joined({"steps": faces, "alone": progress is None, "progress": progress or {}}, buffers)


def lesson_page(
    faces: list[dict], buffers: list[bytes], file: str, links: tuple[Link, ...] = ()
) -> str:
    """The lesson as a page to hand round."""
    parts = [Part(component.lesson(), pack_lesson(faces, buffers))]
    return page(_TITLE, _PURPOSE, parts, file=file, links=links)


def sheet_page(faces: list[dict]) -> str:
    """The lesson on paper: a sheet for who learns, and a page of answers for who teaches."""
    body = ['<p class="who">Name: <span></span> Date: <span></span></p>']
    for number, step in enumerate(faces, 1):
        options = "".join(f"<li>☐ {escape(text)}</li>" for text in step["guess"]["options"])
        body.append(
            f"<section><h2>{number}. {escape(step['title'])} ({step['minutes']} min)</h2>"
            f"<p>{escape(step['intro'])}</p><p><b>{escape(step['guess']['question'])}</b></p>"
            f"<ul class=boxes>{options}</ul><p><b>Your task.</b> {escape(step['task'])}</p>"
            "<p class=lines>What I saw:</p></section>"
        )
    notes = "".join(
        f"<h3>{number}. {escape(step['title'])} ({step['minutes']} minutes)</h3>"
        f"<p>{escape(step['teacher'])}</p>"
        for number, step in enumerate(faces, 1)
    )
    body.append(
        f"<section class=answers><h2>For the teacher: answers and timing</h2>{notes}</section>"
    )
    return page(_TITLE, "A sheet to print.", body, styles=_SHEET)


def head_of(buffer: bytes) -> dict:
    """The head of a buffer."""
    (length,) = struct.unpack_from("<I", buffer)
    return json.loads(buffer[4 : 4 + length])


def _points(interval) -> str:
    return (
        f"{signed(interval.value, 1, 'points')} ({signed(interval.low)} to {signed(interval.high)})"
    )


_SHEET = """
.who span { display: inline-block; width: 14rem; border-bottom: 1px solid; margin-right: 2rem; }
.boxes { list-style: none; padding: 0; }
.lines { min-height: 4.5rem; border-bottom: 1px dotted; }
section { break-inside: avoid; }
.answers { break-before: page; }
@media print {
  body { font-size: 11pt; } h1 { font-size: 16pt; } h2 { font-size: 12.5pt; margin: 1rem 0 0.2rem; }
}
"""
