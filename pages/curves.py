"""Curves: what every codec keeps at every rate, with intervals, warnings and the rows behind."""

from pages.parts.curves import aims, classes, deltas, equal_accuracy, equal_rate, own, views
from pages.parts.shared import frame, results

frame.open_page(
    "Curves",
    "What every codec keeps at every rate. Each figure is computed from the rows of the results "
    "table, which can be downloaded.",
)
with frame.errors_shown():
    if not results.available():
        results.say_empty()
    else:
        data, rate = views.choose_curves()
        if data == "fer2013":
            results.choose_labels()
        results.rows(data, results.chosen())  # told once, not by every view, if nothing was read
        views.show_curves(data, rate)
        with frame.errors_shown():
            deltas.show_deltas(data, rate)
        with frame.errors_shown():
            equal_accuracy.show_equal_accuracy(data, rate)
        classes.show_classes(data, rate)
        equal_rate.show_pair(data)
        if data == "fer2013":
            with frame.errors_shown():
                aims.show_variants()
        with frame.errors_shown():
            own.offer()
frame.research_note()
