"""One face on two sides, each stored in its own way: the viewer, the files to take away, and every
other way to store the face in the same bytes."""

import streamlit as st

from core import formatting
from core.codec.pictures import png
from core.errors import InputError
from core.evaluation.measuring.versions import (
    ORIGINAL,
    Coded,
    Picture,
    Point,
    Version,
    classifier_of,
    offered,
)
from core.evaluation.results.equal_accuracy import least_point
from core.glossary import explained
from core.recognition.known import described
from core.site.animation import animation
from core.site.view import file_of, view_page
from pages.parts.compress import settings, tiles, versions
from pages.parts.compress.viewer import pack, viewer
from pages.parts.shared import cite, results, takeaway
from pages.parts.shared.frame import errors_shown, fragment

_VIEWER = "viewer"
CLOSE_TOGETHER = """
<style>
[data-testid="stMainBlockContainer"] { padding-top: 3.6rem; }
[data-testid="stMainBlockContainer"] > div > [data-testid="stVerticalBlock"] { gap: 0.55rem; }
h1 { font-size: 1.6rem !important; padding: 0.2rem 0 0 !important; }
</style>
"""
"""Brings picture, quality, bytes and readings onto one screen of a small laptop."""

_MIME = {".xpr": "application/octet-stream"}


def choose_sides(places) -> tuple[Version, Version]:
    """The two versions, kept in the link; ``places``: two containers."""
    known = offered()
    titles = list(known)
    left = places[0].selectbox(
        "Left", [ORIGINAL.title, *titles], key="left", bind="query-params",
        help="What the left side shows: the original, or any codec or training.",
    )  # fmt: skip
    right = places[1].selectbox(
        "Right", titles, key="right", bind="query-params",
        help="What the right side shows. Four trainings of our codec, and the usual formats.",
    )  # fmt: skip
    return known.get(left, ORIGINAL), known[right]


@fragment
def show_workbench(
    face: Picture, left: Version, right: Version, classifier: str | None = None
) -> None:
    """The viewer and what follows from it; only this runs again when a slider is let go.

    ``classifier`` reads both sides; None: each side's own classifier.
    """
    after, before = _side(face, right, left, classifier), None
    if left != ORIGINAL:
        before = _side(face, left, right, classifier)
    settings.current()
    with errors_shown():
        _go_to_wanted_rate(face, after)
    with errors_shown():
        _go_to_wanted_accuracy(after)
    chosen = settings.current()
    buffer = pack(face, before, after, chosen, settings.command())
    viewer(buffer, key=_VIEWER, on_set=_set)
    point = after.nearest(chosen["quality"])
    sides = [(after, point)]
    if before is not None:
        sides.insert(0, (before, _left_point(before, point, chosen)))
    _offer_files(sides)
    with st.container(horizontal=True):
        takeaway.offer(
            lambda: view_page(face, before, after, chosen, file_of(face.name)),
            file_of(face.name), face.name, _VIEWER,
        )  # fmt: skip
        _offer_animation(face, after)
        _offer_citation(face, sides)
    _ask_for(after)
    _say_where(sides)
    tiles.show_tiles(face, after, point, classifier)


def _side(face: Picture, version: Version, other: Version, classifier: str | None) -> Coded:
    side = versions.coded(face, version, classifier_of(version, other))
    return side if classifier is None else versions.read_by(side, face, classifier)


def _set() -> None:
    settings.remember(st.session_state[_VIEWER]["set"] or {})


def _left_point(side: Coded, right: Point, chosen: dict) -> Point:
    """Where the left side stands: where it was put, or in the bytes of the right one."""
    if chosen["quality_left"] is not None:
        return side.nearest(chosen["quality_left"])
    return side.within(right.file_bytes)


def _offer_animation(face: Picture, side: Coded) -> None:
    st.download_button(
        "Animation (GIF)", lambda: animation(face, side), "expressrate-sweep.gif", "image/gif",
        icon=":material/animation:", key="animation", on_click="ignore",
        help="The right side from the most bits to the fewest, with bytes and reading in every frame.",
    )  # fmt: skip


def _offer_citation(face: Picture, sides: list[tuple[Coded, Point]]) -> None:
    ids = {side.classifier for side, _ in sides}
    ids |= {side.version.reading.codec.id for side, _ in sides if side.version.reading}
    cite.offer(ids, {"picture (SHA-256 of what is coded)": face.digest})


def _say_where(sides: list[tuple[Coded, Point]]) -> None:
    sentences = []
    for side, point in sides:
        made_by = f", checkpoint {side.version.reading.codec.id}" if side.version.ours else ""
        sentences.append(
            f"{side.version.title}{made_by}, {_setting(side, point)}, read by "
            f"{described(side.classifier)}"
        )
    st.caption("; ".join(sentences) + ". This page's address restores the view.")


def _setting(side: Coded, point: Point) -> str:
    if side.version.ours:
        return f"quality {point.setting:g} of 255"
    return f"{'distance' if side.version.method == 'jxl' else 'setting'} {point.setting:g}"


def _offer_files(sides: list[tuple[Coded, Point]]) -> None:
    """The real files and decoded pictures of what is shown."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for side, point in sides:
            version = side.version
            name = f"face-{version.method}-{point.setting:g}"
            kind = "Stored file" if version.ours else f"{version.title} file"
            st.download_button(
                f"{kind} ({version.extension}, {formatting.size(point.file_bytes)})",
                point.payload,
                file_name=name + version.extension,
                mime=_MIME.get(version.extension, f"image/{version.method}"),
                icon=":material/download:",
                key=f"file_{version.title}",
                help="The real file at the quality where the slider was let go."
                + (
                    " Bring it back under “Stored file”, or decode it with: "
                    "python -m core.codec decode FILE.xpr FACE.png"
                    if version.ours
                    else ""
                ),
                on_click="ignore",
            )
            st.download_button(
                f"Decoded by {version.title} (PNG)",
                png(point.picture),
                file_name=f"{name}.png",
                mime="image/png",
                icon=":material/image:",
                key=f"picture_{version.title}",
                help="What the codec gives back, without further loss.",
                on_click="ignore",
            )


# -- a quality by what it should reach ------------------------------------------------------------


def _ask_for(side: Coded) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.number_input(
            "At most (bit/pixel)",
            min_value=0.01,
            max_value=24.0,
            value=0.5,
            step=0.05,
            key="target",
            bind="query-params",
            width=170,
            help="Of the right side's whole file. " + explained("bits per pixel", "file bytes"),
        )
        st.button(
            "Find the quality",
            on_click=_want,
            args=("wanted", "target"),
            icon=":material/search:",
            help="Moves the right side to the best quality whose file is not larger than that.",
        )
        with errors_shown():
            reading = side.version.reading
            if reading is None or not results.measured(reading.method, reading.weight):
                return
            st.number_input(
                "At least (% of test faces right)",
                min_value=10.0,
                max_value=100.0,
                value=65.0,
                step=1.0,
                key="target_accuracy",
                bind="query-params",
                width=220,
                help=explained("accuracy", "test") + " It is not that of this face.",
            )
            st.button(
                "Find the fewest bits",
                on_click=_want,
                args=("wanted_accuracy", "target_accuracy"),
                icon=":material/search:",
                help="Moves the right side to the lowest quality whose measured accuracy reaches "
                "that.",
            )


def _want(wish: str, field: str) -> None:
    st.session_state[wish] = st.session_state[field]


def _go_to_wanted_rate(face: Picture, side: Coded) -> None:
    """Where a rate was asked for, go to the best quality within it."""
    wanted = st.session_state.pop("wanted", None)
    if wanted is None:
        return
    pixels = face.pixels.shape[0] * face.pixels.shape[1]
    point = side.within(wanted * pixels / 8)
    if 8 * point.file_bytes > wanted * pixels:
        raise InputError(
            f"This picture needs at least {formatting.bits_per_pixel(8 * point.file_bytes / pixels)} "
            f"({formatting.size(point.file_bytes)}) as {side.version.title}; {wanted:g} cannot be "
            "reached."
        )
    settings.go_to(point.setting)


def _go_to_wanted_accuracy(side: Coded) -> None:
    """Where an accuracy was asked for, go to the lowest quality whose measured accuracy reaches it."""
    wanted = st.session_state.pop("wanted_accuracy", None)
    reading = side.version.reading
    if wanted is None or reading is None:
        return
    enough = least_point(results.curve_of(reading.method, reading.weight), wanted / 100)
    reaching = [point.setting for point in side.points if point.setting >= enough["quality_index"]]
    settings.go_to((reaching or [side.points[-1].setting])[0])
    st.toast(
        f"{formatting.percent(enough['quality'])} of the test faces were read rightly at "
        f"{formatting.size(enough['bytes'])} a face ({formatting.percent(enough['low'])} to "
        f"{formatting.percent(enough['high'])}).",
        icon=":material/target:",
    )
