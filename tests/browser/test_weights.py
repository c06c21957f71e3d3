"""The journey over the loss weights: the sliders, and the same weight on a face."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import at_rest


def test_the_sliders_move_the_point(tuned_server, page):
    page.goto(f"{tuned_server}/loss_weights")
    page.get_by_role("heading", name="The plane").wait_for()
    page.locator(".weights img").first.wait_for()  # drawn last: before it a redraw eats the click
    at_rest(page)
    page.get_by_role("radio", name="Codec and classifier tuned").first.click()
    page.get_by_text(re.compile(r"Codec and classifier tuned, measured at quality \d+")).wait_for()

    stop = page.get_by_role("slider", name="β / α, as the quality")
    accuracy = page.get_by_test_id("stMetricValue").first
    before = accuracy.inner_text()
    stop.press("End")
    page.get_by_text("measured at quality 255").wait_for()
    page.wait_for_url(re.compile("at=255"))
    expect(accuracy).not_to_have_text(before)

    weight = page.get_by_role("slider", name="γ, the weight of recognition")
    weight.press("End")
    page.get_by_text("γ = 1. Rate").wait_for()
    expect(page).to_have_url(re.compile("at=255"))
    expect(page.locator(".weights img")).to_have_count(24)

    at_rest(page)  # the link is drawn last
    page.get_by_role("link", name="This point on a face").click()
    page.get_by_text("checkpoint joint-g1,").wait_for()
    page.locator(".side.right .ribbon i").first.wait_for()  # the viewer has its data
    rate = page.locator(".side.right .bpp")
    before = rate.inner_text()
    page.get_by_role("slider", name="Quality", exact=True).press("Home")
    expect(rate).not_to_have_text(before)


def test_a_link_to_the_former_guided_path_opens_the_lesson(tuned_server, page):
    page.goto(f"{tuned_server}/loss_weights?guided=true&step=2")
    page.wait_for_url(re.compile(r"/lesson\?"))
    page.get_by_role("heading", name="Lesson", level=1).wait_for()
