"""What a hand did to a chart stays when the chart is drawn again."""

import json

from tests.browser.conftest import at_rest

CHART = "[data-testid=stPlotlyChart] .js-plotly-plot"
STATE = """(chart) => JSON.stringify({
  zoom: [chart._fullLayout.xaxis.range, chart._fullLayout.yaxis.range],
  hidden: chart._fullData.filter((one) => one.visible !== true).map((one) => one.legendgroup).sort(),
})"""
BANDS = """([selector, wanted]) => {
  const chart = document.querySelector(selector);
  return chart?._fullData?.filter((one) => one.fill === "toself").length === wanted;
}"""
HIDDEN = """([selector, name]) => document.querySelector(selector)._fullData
  .some((one) => one.name === name && one.visible === "legendonly")"""
ZOOMED = """([selector, before]) =>
  JSON.stringify(document.querySelector(selector)._fullLayout.xaxis.range) !== before"""


def test_zoom_and_hidden_curves_stay_while_intervals_go_and_come(tuned_server, page):
    page.goto(f"{tuned_server}/curves?curves_shown=Baseline&curves_shown=JPEG")
    page.get_by_text("ExpressRate is a research tool").wait_for()
    at_rest(page)
    page.wait_for_function(BANDS, arg=[CHART, 2])
    chart = page.locator(CHART).first
    before = json.loads(chart.evaluate(STATE))
    chart.scroll_into_view_if_needed()

    box = chart.locator(".nsewdrag").bounding_box()
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.3 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 0.7 * box["height"], steps=8)
    page.mouse.up()
    page.wait_for_function(
        ZOOMED, arg=[CHART, json.dumps(before["zoom"][0], separators=(",", ":"))]
    )
    chart.locator(".legendtoggle").last.click()
    page.wait_for_function(HIDDEN, arg=[CHART, "JPEG"])
    at_rest(page)
    set_by_hand = json.loads(chart.evaluate(STATE))
    assert set_by_hand["zoom"] != before["zoom"]

    switch = page.get_by_text("Intervals", exact=True)
    switch.click()
    page.wait_for_function(BANDS, arg=[CHART, 0])
    at_rest(page)
    plain = json.loads(chart.evaluate(STATE))
    assert plain["zoom"] == set_by_hand["zoom"] and "JPEG" in plain["hidden"]

    switch.click()
    page.wait_for_function(BANDS, arg=[CHART, 2])
    at_rest(page)
    assert json.loads(chart.evaluate(STATE)) == set_by_hand
