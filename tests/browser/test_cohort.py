"""The journey of a researcher: tables dropped, read, compared, and a report that opens anywhere."""

import re
import shutil

from playwright.sync_api import expect

from core.cohort.synthesis import write_synthetic
from tests.browser.conftest import PATIENCE, at_rest


def test_from_dropped_tables_to_a_report_that_asks_no_network(server, page, tmp_path):
    folder = write_synthetic(tmp_path / "people", 10, 1.5, 3, seconds=10, fps=10)
    labels = shutil.move(folder / "labels.csv", tmp_path / "labels.csv")
    tables = shutil.make_archive(str(tmp_path / "tables"), "zip", folder)

    page.goto(f"{server}/cohort")
    page.get_by_role("radio", name="My tables").click()
    page.get_by_text("Drop tables to begin").wait_for()
    at_rest(page)
    drop = page.get_by_test_id("stFileUploader").locator("input[type=file]")
    drop.nth(0).set_input_files(tables)
    page.get_by_text("nothing to compare between groups").wait_for()
    at_rest(page)
    drop.nth(1).set_input_files(labels)
    page.get_by_text("measures differ after correction").wait_for()
    page.get_by_text("SYNTHETIC COHORT: every").wait_for()
    page.get_by_text("10 of 10").wait_for()
    page.get_by_text("nothing here is a diagnosis").first.wait_for()
    at_rest(page)

    page.get_by_role("tab", name="Structure").click()
    page.get_by_text("p against no structure").wait_for()
    expect(page).to_have_url(re.compile("cohort_tab=Structure"))
    at_rest(page)

    page.get_by_role("tab", name="Report").click()
    page.get_by_role("button", name="Make the report").click()
    download = page.get_by_role("button", name="Download the report")
    download.wait_for()
    at_rest(page)
    with page.expect_download() as coming:
        download.click()
    report = tmp_path / coming.value.suggested_filename
    coming.value.save_as(report)

    asked, said = [], []
    paper = page.context.new_page()
    paper.on("request", lambda request: asked.append(request.url))
    paper.on("console", lambda message: said.append(message.text))
    paper.goto(report.as_uri())
    paper.set_default_timeout(1000 * PATIENCE)
    paper.get_by_role("heading", name="Comparison").wait_for()
    paper.locator(".js-plotly-plot").nth(5).locator(".main-svg").first.wait_for(state="attached")
    assert asked == [report.as_uri()]
    assert not [text for text in said if "Content Security Policy" in text]
    with paper.expect_download() as rows:
        paper.get_by_role("link", name="tests.csv", exact=True).click()
    assert rows.value.path().read_text().startswith("unit,name,test,n,estimate,effect,low,high")


def test_a_printed_report_cuts_no_number(page, tmp_path):
    """Every cell of every table ends inside the paper, and folded tables are printed whole."""
    from core.cohort import compare, synthesize
    from core.cohort.report.assembly import report_of, settings_of
    from core.cohort.report.rendering import write

    analysis = compare(synthesize(12, 1.0, 0, seconds=6, fps=10), structure=False, within="phase")
    report = tmp_path / "report.html"
    write(report_of(analysis, settings_of(analysis, {}), with_people=True), report)
    paper = page.context.new_page()
    paper.goto(report.as_uri())
    paper.emulate_media(media="print")
    paper.set_viewport_size(
        {"width": 1032, "height": 720}
    )  # A4 across, less its margins, at 96 dpi
    wide = paper.evaluate(
        """() => [...document.querySelectorAll("td, th")]
            .filter(cell => cell.getBoundingClientRect().right > document.documentElement.clientWidth
                            || cell.scrollWidth > cell.clientWidth + 1)
            .map(cell => cell.closest("figure").querySelector("figcaption").textContent.slice(0, 60)
                         + " | " + cell.textContent.slice(0, 30))"""
    )
    assert not wide, wide[:5]
