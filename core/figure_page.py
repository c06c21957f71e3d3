"""Figures as one HTML file that opens anywhere and asks no network."""

import html
from collections.abc import Iterable

import plotly.graph_objects as go

_HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; color: #1b2430; max-width: 1100px; margin: 2rem auto;
padding: 0 1rem; }} h2 {{ font-size: 1.1rem; margin: 2rem 0 0; }} p {{ color: #4a5563; }}
</style></head><body><h1>{title}</h1>
"""


def figure_page(
    title: str, figures: Iterable[tuple[str, go.Figure]], notes: Iterable[str] = ()
) -> str:
    """A page of figures, each under its heading, with ``notes`` before them; Plotly is inside."""
    parts = [_HEAD.format(title=html.escape(title))]
    parts += [f"<p>{html.escape(note)}</p>" for note in notes]
    for place, (heading, figure) in enumerate(figures):
        parts.append(f"<h2>{html.escape(heading)}</h2>")
        parts.append(
            figure.to_html(
                full_html=False, include_plotlyjs=place == 0, config={"displaylogo": False}
            )
        )
    return "".join([*parts, "</body></html>\n"])
