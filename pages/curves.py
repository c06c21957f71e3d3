"""Curves: what every codec keeps at every rate, with intervals, warnings and the rows behind."""

from pages.parts import curve_pairs, curve_views, frame, results

frame.open_page(
    "Curves",
    "What every codec keeps at every rate. Each figure is computed from the rows of the results "
    "table, which can be downloaded.",
)
with frame.errors_shown():
    if not results.available():
        results.say_empty()
    else:
        data, rate = curve_views.choose()
        curve_views.show_curves(data, rate)
        with frame.errors_shown():
            curve_views.show_deltas(data, rate)
        with frame.errors_shown():
            curve_views.show_kept(data)
        curve_views.show_classes(data, rate)
        curve_pairs.show_pair(data)
frame.research_note()
