"""Pages that are handed round, opened from disk with the network off: they show what the app shows."""

import pytest

from core import gallery
from core.expressions import EXPRESSIONS
from core.site.build import FACES, LINKS, build_site
from core.site.faces import Models, coded, gallery_face, shipped_versions
from core.site.page import MOST_OF_A_SITE, MOST_OF_A_VIEW

pytestmark = pytest.mark.skipif(not gallery.faces(), reason="the gallery is not in this checkout")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A folder of pages with two faces."""
    folder = tmp_path_factory.mktemp("site")
    build_site(folder, number=2)
    return folder


@pytest.fixture
def offline(browser):
    """A window without any network; the test fails if a script in it threw, or it asked for anything."""
    context = browser.new_context(viewport={"width": 1366, "height": 768}, offline=True)
    window = context.new_page()
    problems = []
    window.on("pageerror", lambda error: problems.append(str(error)))
    window.on("console", lambda line: line.type == "error" and problems.append(line.text))
    window.on(
        "request",
        lambda asked: (
            asked.url.startswith(("file:", "data:", "blob:")) or problems.append(asked.url)
        ),
    )
    yield window
    context.close()
    assert not problems


def test_the_slider_of_a_page_from_disk_moves_the_readings_as_in_the_app(site, offline):
    offline.goto((site / "index.html").as_uri())
    face = gallery_face(gallery.first_face(gallery.faces()))
    models = Models()
    for version in [
        each for each in shipped_versions() if each.method in ("baseline", "joint", "jpeg")
    ]:
        side = coded(face, version, models)
        right = offline.get_by_role("radiogroup", name="What the right side shows")
        right.get_by_role("radio", name=version.title, exact=True).click()
        offline.locator(".side.right .title", has_text=version.title).wait_for()
        slider = offline.get_by_role("slider", name="Quality", exact=True)
        slider.press("Home")
        seen = set()
        for point in side.points[:12]:
            best = int(point.probabilities.argmax())
            offline.locator(".side.right .file", has_text=f"{point.file_bytes:,}").wait_for()
            verdict = offline.locator(".verdict .line").nth(1).inner_text()
            assert verdict.startswith(
                f"{EXPRESSIONS[best]} {round(100 * point.probabilities[best])}%"
            )
            seen.add(verdict.split()[0])
            slider.press("ArrowRight")
        assert len(seen) > 1, f"{version.title}: no reading changes on the way"


def test_every_page_opens_from_disk_and_leads_to_the_others(site, offline):
    for link in LINKS:
        offline.goto((site / link.file).as_uri())
        offline.get_by_role("heading", level=1).wait_for()
        for other in LINKS:
            assert offline.locator(f"nav a[href='{other.file}']").count() == 1


def test_the_first_page_leads_to_the_other_faces_and_they_lead_back(site, offline):
    offline.goto((site / "index.html").as_uri())
    other = offline.locator("ul.faces a")
    title = other.inner_text().strip()
    other.click()
    offline.get_by_role("heading", level=1, name=title).wait_for()
    offline.locator(".side.right .ribbon i").first.wait_for()
    offline.locator("ul.faces a").click()
    offline.get_by_role("heading", level=1, name="How few bits").wait_for()


def test_pages_hold_their_sizes(site):
    sizes = {path.name: path.stat().st_size for path in site.iterdir()}
    assert max(sizes.values()) <= MOST_OF_A_VIEW
    assert sizes["index.html"] * (FACES - 1) + sum(sizes.values()) <= MOST_OF_A_SITE
