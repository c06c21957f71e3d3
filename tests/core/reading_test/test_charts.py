"""The figures of a test of reading."""

import pandas as pd

from core.reading_test.charts import person_curve


def test_bytes_have_whole_labels_between_the_powers_of_ten():
    levels = pd.DataFrame(
        {
            "level": [0, 1], "bytes": [25.0, 240.0], "share": [0.2, 0.8], "right": [1, 4],
            "count": [5, 5],
        }
    )  # fmt: skip
    axis = person_curve(levels, None, {"fer": levels}).layout.xaxis
    shown = [text for value, text in zip(axis.tickvals, axis.ticktext, strict=True) if value > 15]
    assert shown[:5] == ["20", "50", "100", "200", "500"]
