"""Every chart of the pages: drawn by Streamlit, with a text alternative that says its finding."""

from typing import Any

import plotly.graph_objects as go
import streamlit as st

from core.chart_text import of_figure
from core.plot_style import titles_above


def draw(figure: go.Figure, *, alt: str = "", **options: Any) -> Any:
    """``st.plotly_chart``; ``alt`` says what is drawn, and what it shows is added from the figure."""
    return draw_on(st, figure, alt=alt, **options)


def draw_on(place: Any, figure: go.Figure, *, alt: str = "", **options: Any) -> Any:
    """The same in a container or a column."""
    return place.plotly_chart(titles_above(figure), alt=of_figure(alt, figure), **options)
