"""A folder of pages to hand round: a face at every quality, curves, claims and the lesson."""

import base64
import re
from collections.abc import Callable
from pathlib import Path

from core.errors import InputError
from core.evaluation.claims.claim_list import findings
from core.evaluation.headline import answer
from core.evaluation.results.curves import originals
from core.evaluation.results.estimates import STATED, Estimates
from core.files import write_whole
from core.gallery import Entry, faces, first_face
from core.progress import Progress
from core.site.component import live
from core.site.faces import Models, coded, gallery_face, shipped_versions, weights_of
from core.site.lesson.lesson import lesson_page, make_lesson, sheet_page
from core.site.line_chart import CSS as CHART_CSS
from core.site.measured import (
    claims_table,
    curve_chart,
    headline_chart,
    headline_points,
    points_table,
)
from core.site.page import MOST_OF_A_SITE, Link, Part, check_size, page
from core.site.viewer.buffer import first_settings, pack_live, small

QUESTION = (
    "How few bits can a face be stored in before a machine, or a clinician, can no longer read its "
    "expression?"
)
FIRST_QUALITY = 70
"""Where the viewer begins: few bits, where versions differ most."""

FACES = 6
"""Faces of the gallery that a site holds unless told otherwise."""

PICTURES_FROM = (
    "Faces: averages of several people of the Face Research Lab London Set (DeBruine and Jones 2017, "
    '<a href="https://doi.org/10.6084/m9.figshare.5047666.v5">doi 10.6084/m9.figshare.5047666.v5</a>, '
    '<a href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>; warped to their mean shape, '
    "averaged, edges faded), or drawn by computer (ICT-FaceKit, MIT). No picture shows a real person."
)
LINKS = (
    Link("index.html", "A face"),
    Link("curves.html", "Curves"),
    Link("claims.html", "Claims"),
    Link("lesson.html", "Lesson"),
)


def build_site(folder: Path, number: int = FACES, progress: Progress | None = None) -> list[Path]:
    """Write the pages into ``folder``; their paths.

    Raises InputError without a gallery or checkpoints, and where pages grow above their sizes.
    """
    chosen = chosen_faces(number)
    models, estimates = Models(), Estimates()
    steps: list[tuple[str, Callable[[], dict[str, str]]]] = [
        *(
            (entry.title, lambda entry=entry: _face(entry, chosen, models, estimates))
            for entry in chosen
        ),
        ("curves", lambda: {"curves.html": curves_page(estimates)}),
        ("claims", lambda: {"claims.html": claims_page(estimates)}),
        ("the lesson", lambda: _lesson(models, estimates)),
    ]
    contents: dict[str, bytes] = {}
    for place, (name, make) in enumerate(steps):
        if progress is not None:
            progress(place, len(steps), name)
        for file, text in make().items():
            contents[file] = check_size(text, file)
    whole = sum(map(len, contents.values()))
    if whole > MOST_OF_A_SITE:
        raise InputError(
            f"The pages have {whole / 1e6:.1f} MB together; they may have {MOST_OF_A_SITE / 1e6:.0f}. "
            "Take fewer faces: --faces N"
        )
    for file, content in contents.items():
        write_whole(folder / file, content)
    return [folder / file for file in contents]


def chosen_faces(number: int) -> list[Entry]:
    """Entries of the gallery for a site: the first one, then as many kinds of face as there are."""
    entries = faces()
    if not entries:
        raise InputError(
            "There is no gallery beside the checkpoints: restore it from the repository."
        )
    first = first_face(entries)
    rest = [entry for entry in entries if entry is not first]
    labels = list(dict.fromkeys(entry.label for entry in rest))
    queues = {label: [entry for entry in rest if entry.label == label] for label in labels}
    order = [first]
    while any(queues.values()):
        order += [queue.pop(0) for queue in queues.values() if queue]
    return order[: max(1, number)]


def face_file(entry: Entry, chosen: list[Entry]) -> str:
    """The page of a face; the first one's is the site's own first page."""
    if entry is chosen[0]:
        return "index.html"
    return f"face-{re.sub(r'[^a-z0-9]+', '-', Path(entry.file).stem.lower()).strip('-')}.html"


def _face(
    entry: Entry, chosen: list[Entry], models: Models, estimates: Estimates
) -> dict[str, str]:
    face = gallery_face(entry)
    sides = [coded(face, version, models) for version in shipped_versions()]
    data = pack_live(face, sides, first_settings(FIRST_QUALITY))
    file = face_file(entry, chosen)
    others = "".join(
        f'<li><a href="{face_file(other, chosen)}"><img alt="" src="{_picture(other)}">'
        f"{other.title}</a></li>"
        for other in chosen
        if other is not entry
    )
    body: list[str | Part] = [Part(live(), data)]
    if file == "index.html":
        body += [f"<h2>What is kept, at every rate</h2>{headline_chart(estimates)}"]
    body += [f"<h2>Other faces</h2><ul class=faces>{others}</ul>"] if others else []
    fingerprints = ", ".join(f"{id} {print_[:12]}" for id, print_ in weights_of(sides).items())
    title, purpose = entry.title, "Drag a quality; choose what each side shows."
    if file == "index.html":
        title, purpose = QUESTION, _as_html(answer(estimates))
    text = page(
        title, purpose, body, file=file, links=LINKS, styles=CHART_CSS,
        notes=[f"Checkpoints: {fingerprints}.", PICTURES_FROM],
    )  # fmt: skip
    return {file: text}


def curves_page(estimates: Estimates) -> str:
    """Accuracy on faces and PSNR on photographs against the rate."""
    full = originals(estimates.shown("fer2013"))
    level = None if full != full else ("The original faces", full)
    accuracy = headline_points(estimates)
    body = [
        "<h2>Accuracy on FER2013's test faces</h2>"
        + curve_chart(accuracy, "accuracy", "file", level)
        + points_table(accuracy, "accuracy")
    ]
    photographs = estimates.points("photographs", "psnr")
    photographs = photographs[
        photographs["method"].isin(["baseline", "jpeg", "webp", "avif", "jxl"])
    ]
    if len(photographs):
        body.append(
            "<h2>PSNR on photographs</h2>"
            + curve_chart(photographs, "psnr", "file")
            + points_table(photographs, "psnr")
        )
    return page(
        "Curves", _as_html(answer(estimates)), body, file="curves.html", links=LINKS,
        styles=CHART_CSS,
        notes=[f"Bands are {STATED}, over pictures. Computed from the tables of results."],
    )  # fmt: skip


def claims_page(estimates: Estimates) -> str:
    """Both papers' claims and our aims, judged by the tables."""
    return page(
        "Claims", "What two papers claim and what this project aims at, beside what was measured here.",
        [claims_table(findings(estimates))], file="claims.html", links=LINKS,
    )  # fmt: skip


def _lesson(models: Models, estimates: Estimates) -> dict[str, str]:
    steps, buffers = make_lesson(models, estimates)
    return {
        "lesson.html": lesson_page(steps, buffers, "lesson.html", LINKS),
        "lesson-sheet.html": sheet_page(steps),
    }


def _as_html(markdown: str) -> str:
    return re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", markdown)


def _picture(entry: Entry) -> str:
    content = base64.b64encode(small(gallery_face(entry).pixels)).decode()
    return f"data:image/webp;base64,{content}"
