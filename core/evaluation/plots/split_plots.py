"""Whose gain joint training is, as one figure: what each step leaves of the bytes."""

import plotly.graph_objects as go

from core.evaluation.results.gain_split import Split, Step
from core.formatting import signed
from core.methods import colour_of, name_of
from core.plot_style import GREY, dressed, names_above, rows_height


def gain_split(split: Split) -> go.Figure:
    """One bar a step of the chain: its share of the way in log rate, with its 95 % interval.

    Shares sum to 100 %; a bar to the left is a step backwards.
    """
    steps = split.steps[::-1]
    gain_parts = [step.share for step in steps]
    figure = go.Figure(
        go.Bar(
            x=[share.value for share in gain_parts],
            y=[step.what for step in steps],
            orientation="h",
            width=0.3,
            marker_color=[colour_of(step.end) for step in steps],
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [share.high - share.value for share in gain_parts],
                "arrayminus": [share.value - share.low for share in gain_parts],
                "color": GREY,
            },
            customdata=[
                (
                    f"{signed(step.share.low, 0)} to {signed(step.share.high, 0)}%",
                    f"{signed(step.rate.value, 1)}%",
                    signed(step.points.value, 1, "points"),
                )
                for step in steps
            ],
            hovertemplate="%{y}<br>%{x:.0f}% of the way (%{customdata[0]})<br>%{customdata[1]} bytes at "
            "equal accuracy<br>%{customdata[2]} at equal bytes<extra></extra>",
        )
    )
    figure = dressed(figure, "Share of the whole saving (%)", "", rows_height(len(steps), 84))
    names_above(figure, {step.what: _name(step) for step in steps})
    return figure.update_layout(showlegend=False, hovermode="closest")


def _name(step: Step) -> str:
    return (
        f"<b>{signed(step.share.value, 0)}%</b> {step.what}"
        f"<br>{name_of(step.start)} → {name_of(step.end)}"
    )
