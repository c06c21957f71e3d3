"""Pages to hand round: everything inside, nothing asked of anybody, sizes held."""

import io
import re

import numpy as np
import pytest
from PIL import Image

from core import citation
from core.errors import InputError
from core.evaluation.measuring.versions import Coded, Picture, Point, Version
from core.site.animation import SIDE, animation, strip
from core.site.component import live, pair
from core.site.line_chart import Axes, Line, line_chart
from core.site.page import MOST_OF_A_VIEW, Part, check_size, iframe, page
from core.site.view import file_of, view_page
from core.site.viewer.buffer import first_settings, pack_live

ASKS = re.compile(
    r"""(?:src|href)=["'](?!data:)(?:https?:)?//|url\(\s*["']?https?:|@import|fetch\("""
)


def face(side: int) -> Picture:
    rng = np.random.default_rng(1)
    return Picture("A <b>face</b>", rng.integers(0, 256, (side, side, 3), dtype=np.uint8), "d" * 8)


def side(picture: Picture, title: str, points: int) -> Coded:
    even = np.full(7, 1 / 7)
    return Coded(
        title, Version(title, "jpeg"), "base", even,
        tuple(Point(n, b"f" * (n + 1), picture.pixels, 30.0, even) for n in range(points)),
    )  # fmt: skip


@pytest.mark.parametrize("made", [pair, live])
def test_a_page_holds_its_components_and_loads_nothing(made):
    text = page("A page", "", [Part(made(), b"\x00\x01")], file="a.html")
    assert not ASKS.search(text)
    assert "connect-src" not in text and "default-src 'none'" in text
    assert "export default" not in text and "component({ data" in text


def test_what_a_visitor_named_is_text_in_the_page():
    picture = face(64)
    text = view_page(picture, None, side(picture, "JPEG", 3), first_settings(0), "a.html").decode()
    assert "<b>face</b>" not in text and "&lt;b&gt;face" in text
    assert file_of("My <face>/.. 1.PNG") == "expressrate-my-face-1-png.html"
    assert file_of("…") == "expressrate-view.html"


def test_a_small_view_keeps_its_pictures_without_loss_and_a_large_one_says_how_it_was_made_to_fit():
    small, large = face(64), face(512)
    for picture, points in ((small, 34), (large, 12)):
        sides = side(picture, "JPEG", points), side(picture, "WebP", points)
        content = view_page(picture, *sides, first_settings(0), "view.html")
        assert len(content) <= MOST_OF_A_VIEW
        assert (b"stored as WebP of quality" in content) == (picture is large)


def test_a_page_that_grew_too_large_is_refused_with_its_size():
    with pytest.raises(InputError, match=r"This view has 2\.5 MB"):
        check_size("x" * 2_500_000, "This view")


def test_the_line_that_embeds_a_page_is_one_iframe():
    line = iframe("a.html", 'A "page"')
    assert line.startswith('<iframe src="a.html"') and "&quot;page&quot;" in line


def test_every_side_on_offer_is_in_the_live_buffer():
    picture = face(16)
    buffer = pack_live(picture, [side(picture, name, 2) for name in ("A", "B")], first_settings(0))
    assert b'"sides": ["A", "B"]' in buffer


def test_a_drawing_says_its_finding_labels_its_curves_and_notes_its_points():
    lines = [
        Line(
            "Ours <1>", "#123456", [0.1, 1], [0.2, 0.6], [0.1, 0.5], [0.3, 0.7], notes=["n1", "n2"]
        ),
        Line("JPEG", "#654321", [0.1, 1], [0.1, 0.5], dash="dash"),
    ]
    text = line_chart(lines, Axes("Bits per pixel", "Accuracy", True), level=("Originals", 0.65))
    assert 'role="img"' in text and "Ours &lt;1&gt; goes from 20.0% at 0.1 bit/pixel" in text
    assert text.count("<polyline") == 4 and text.count("<polygon") == 2  # wide and narrow
    assert ">Originals</text>" in text and "<title>n1</title>" in text and "<1>" not in text


def test_labels_of_curves_that_end_together_do_not_overlap():
    lines = [Line(f"Curve {n}", "#000000", [0.1, 1], [0.2, 0.6 + n / 1e4]) for n in range(5)]
    wide = line_chart(lines, Axes("x", "y")).split("</svg>")[0]
    rows = [float(y) for y in re.findall(r'<text x="\d+" y="([\d.]+)">Curve', wide)]
    assert len(rows) == 5 and min(np.diff(sorted(rows))) >= 15
    assert max(rows) <= 380 and min(rows) > 0


def test_the_animation_shows_the_original_and_every_setting_with_what_is_read():
    picture = face(64)
    sweep = side(picture, "JPEG", 5)
    image = Image.open(io.BytesIO(animation(picture, sweep)))
    assert image.format == "GIF" and image.n_frames == 6
    assert image.size == (SIDE, SIDE + 52)


def test_the_strip_stands_for_the_original_and_some_settings():
    picture = face(64)
    image = Image.open(io.BytesIO(strip(picture, side(picture, "JPEG", 8), 4)))
    assert image.format == "PNG" and image.width == 4 * SIDE + 30


def test_a_citation_names_papers_program_and_fingerprints():
    text = citation.bibtex()
    assert text.count("@") == 3 and "2509.17262" in text and "2407.13753" in text
    known = citation.made_with({"baseline", "nobody"})
    assert known["ExpressRate"] in text and "checkpoint nobody" not in known
