"""The plane of (quality, gamma) as Plotly figures: surface, Pareto front, terms, where bits went."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from PIL import Image

from core import methods
from core.evaluation.plots.curve_plots import curve_name
from core.evaluation.results.weights import front, terms
from core.formatting import signed
from core.methods import TUNED, colour_of
from core.plot_style import ACCENT, CLEAR, GREY, GRID, dash_of, names_above

_QUALITY = {"accuracy": ("Accuracy", ".0%"), "psnr": ("PSNR (dB)", ".0f")}
_TICKS = (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2)
_TERMS = {
    "rate": ("α · rate", "#0072B2"),
    "distortion": ("β · distortion", "#009E73"),
    "recognition": ("γ · cross-entropy", "#D55E00"),
}


def surface(plane: pd.DataFrame, quality: str, point: pd.Series | None = None) -> go.Figure:
    """``accuracy`` or ``psnr`` over quality and gamma, for the plane of one regime.

    Only qualities that every weight has; weights stand in order, evenly apart.  ``point`` is marked.
    """
    wide = plane.pivot(index="weight", columns="quality_index", values=quality).dropna(axis=1)
    title, form = _QUALITY[quality]
    names = [f"{weight:g}" for weight in wide.index]
    places = np.arange(len(wide))
    hover = "quality %{x:.0f}, γ = %{text}<br>%{z:" + form.replace("0", "1") + "}<extra></extra>"
    figure = go.Figure(
        go.Surface(
            x=wide.columns.to_numpy(float),
            y=places,
            z=wide.to_numpy(),
            text=[[name] * wide.shape[1] for name in names],
            colorscale="Viridis",
            showscale=False,
            opacity=0.95,
            hovertemplate=hover,
            contours={"y": {"show": True, "color": "white", "width": 3}},
        )
    )
    if point is not None and point["weight"] in wide.index:
        figure.add_scatter3d(
            x=[point["quality_index"]], y=[wide.index.get_loc(point["weight"])], z=[point[quality]],
            mode="markers", marker={"size": 7, "color": ACCENT}, name="chosen",
            hoverinfo="skip", showlegend=False,
        )  # fmt: skip
    axis = {"gridcolor": GRID, "backgroundcolor": CLEAR, "showbackground": False}
    figure.update_layout(
        scene={
            "xaxis": {**axis, "title": "Quality"},
            "yaxis": {**axis, "title": "γ", "tickvals": places.tolist(), "ticktext": names},
            "zaxis": {**axis, "title": title, "tickformat": form},
            "camera": {
                "eye": {"x": -1.4, "y": -1.4, "z": 0.7},
                "center": {"x": 0, "y": 0, "z": -0.2},
            },
        },
        height=370,  # a scene is as wide as it is high: it fits a narrow screen
    )
    return _clear(figure)


def slices(plane: pd.DataFrame, quality: str, point: pd.Series | None = None) -> go.Figure:
    """``accuracy`` or ``psnr`` against file bits per pixel, one line for every weight of a regime."""
    figure = go.Figure()
    title, form = _QUALITY[quality]
    for weight, part in plane.groupby("weight"):
        method = part["method"].iloc[0]
        part = part.sort_values("bpp")
        figure.add_scatter(
            x=part["bpp"], y=part[quality], mode="lines+markers",
            name=f"γ = {weight:g}" if method in TUNED else curve_name(method),
            line=_stroke(method, weight),
            marker={"size": 5}, customdata=part[["quality_index", "bytes"]],
            hovertemplate="%{x:.3f} bpp, %{customdata[1]:.1f} bytes, quality %{customdata[0]:g}<br>%{y:"
            + form.replace("0", "1") + "}<extra></extra>",
        )  # fmt: skip
    if point is not None:
        figure.add_scatter(
            x=[point["bpp"]], y=[point[quality]], mode="markers", hoverinfo="skip",
            showlegend=False, marker={"size": 15, "symbol": "circle-open", "color": ACCENT,
                                      "line": {"width": 3}},
        )  # fmt: skip
    figure.update_xaxes(
        title="Bits per pixel (file)", type="log", gridcolor=GRID, zeroline=False,
        tickvals=_TICKS, ticktext=[f"{tick:g}" for tick in _TICKS],
    )  # fmt: skip
    figure.update_yaxes(title=title, tickformat=form, gridcolor=GRID, zeroline=False)
    return _clear(figure)


def pareto(plane: pd.DataFrame, point: pd.Series | None = None) -> go.Figure:
    """Accuracy against PSNR, the rate as colour; filled: no other point is better in all three."""
    best = front(plane)
    figure = go.Figure()
    logs = np.log10(plane["bpp"].to_numpy(float))
    ends = [float(logs.min()), float(logs.max())]
    ticks = [tick for tick in _TICKS if ends[0] <= np.log10(tick) <= ends[1]]
    for chosen, name in ((~best, "beaten by another point"), (best, "on the front")):
        part = plane[chosen]
        figure.add_scatter(
            x=part["psnr"], y=part["accuracy"], mode="markers", name=name,
            marker={
                "size": 11 if name == "on the front" else 7,
                "symbol": "circle" if name == "on the front" else "circle-open",
                # Rings are grey, and discs have a grey edge: dark or bright colours are seen on any page.
                "color": logs[chosen] if name == "on the front" else GREY,
                "cmin": ends[0], "cmax": ends[1], "colorscale": "Viridis",
                "line": {"width": 1.5, "color": GREY},
                "showscale": name == "on the front",
                "colorbar": {  # at the lower right, where no codec is: true to the pixels and not read
                    "title": {"text": "bits per pixel", "side": "top"}, "orientation": "h",
                    "thickness": 10, "len": 0.5, "outlinewidth": 0,
                    "x": 1, "xanchor": "right", "y": 0.02, "yanchor": "bottom",
                    "tickvals": [float(np.log10(t)) for t in ticks],
                    "ticktext": [f"{tick:g}" for tick in ticks],
                },
            },
            text=[_label(row) for _, row in part.iterrows()],
            hovertemplate="%{text}<br>%{y:.1%}, %{x:.1f} dB<extra></extra>",
        )  # fmt: skip
    if point is not None:
        figure.add_scatter(
            x=[point["psnr"]], y=[point["accuracy"]], mode="markers", hoverinfo="skip",
            showlegend=False, marker={"size": 18, "symbol": "circle-open", "color": ACCENT,
                                      "line": {"width": 3}},
        )  # fmt: skip
    figure.update_xaxes(title="PSNR (dB)", gridcolor=GRID, zeroline=False)
    figure.update_yaxes(title="Accuracy", tickformat=".0%", gridcolor=GRID, zeroline=False)
    return _clear(figure)


def psnr_losses(changes: pd.DataFrame) -> go.Figure:
    """PSNR at equal rate against the baseline, by quality, one line for every gamma of one regime.

    ``changes`` as :func:`core.evaluation.results.psnr_loss.psnr_changes` gives them.
    """
    figure = go.Figure()
    groups = changes.astype({"gamma": float}).sort_values("quality_index").groupby("gamma")
    for gamma, part in groups:
        figure.add_scatter(
            x=part["quality_index"], y=part["change"], mode="lines+markers", name=f"γ = {gamma:g}",
            line=_stroke(part["method"].iloc[0], gamma),
            marker={"size": 5}, customdata=part[["bpp", "low", "high"]],
            hovertemplate="quality %{x:g}, %{customdata[0]:.3f} bpp<br>%{y:+.2f} dB "
            "(%{customdata[1]:+.2f} to %{customdata[2]:+.2f})<extra></extra>",
        )  # fmt: skip
    figure.add_hline(y=0, line_width=1, line_color="gray")
    figure.update_xaxes(title="Quality (index)", gridcolor=GRID, zeroline=False)
    figure.update_yaxes(title="PSNR against the baseline (dB)", gridcolor=GRID, zeroline=False)
    return _clear(figure)


def loss_terms(at_points: dict[str, pd.Series]) -> go.Figure:
    """The three terms of the loss, stacked, for named points."""
    figure = go.Figure()
    terms_by_point = {name: terms(point) for name, point in at_points.items()}
    for term, (title, colour) in _TERMS.items():
        values = [each[term] for each in terms_by_point.values()]
        figure.add_bar(
            y=list(terms_by_point), x=values, name=title, orientation="h", marker_color=colour,
            width=0.4,
            hovertemplate=f"{title}: %{{x:.4f}}<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(title="Bits per pixel, and what is counted like them", gridcolor=GRID)
    figure.update_yaxes(autorange="reversed")
    names = {name: f"<b>{name}</b>: {_summed(each)}" for name, each in terms_by_point.items()}
    return names_above(_clear(figure), names, shift=22).update_layout(
        barmode="stack",
        height=210 + 64 * len(terms_by_point),
        legend={"traceorder": "normal"},
    )


def _summed(terms: dict[str, float]) -> str:
    """The terms one by one and what they come to."""
    each = " + ".join(f"{terms[name]:.3f}" for name in _TERMS)
    return f"{each} = {sum(terms[name] for name in _TERMS):.3f}"


def bit_change(
    face: np.ndarray, before: np.ndarray, after: np.ndarray, most: float | None = None
) -> go.Figure:
    """``after`` minus ``before``, bits (rows, columns) of squares of the picture, over the face.

    ``face`` uint8 (H, W, 3).  Orange squares got bits, blue ones lost them; ``most`` bits have the full
    colour (default: the largest change), so that pictures side by side share one scale.
    """
    change = after - before
    rows, columns = change.shape
    most = max(most if most is not None else float(np.abs(change).max()), 1e-9)
    figure = go.Figure(
        go.Heatmap(
            z=change, zmin=-most, zmax=most, opacity=0.62, showscale=False,
            colorscale=[[0, "#0072B2"], [0.5, "#ffffff"], [1, "#D55E00"]],
            text=[[signed(value, 0) for value in line] for line in change],
            texttemplate="%{text}", textfont={"color": "#111111"},
            customdata=np.dstack([before, after]),
            hovertemplate="%{customdata[0]:.1f} → %{customdata[1]:.1f} bits<extra></extra>",
        )
    )  # fmt: skip
    figure.add_layout_image(
        source=Image.fromarray(face).convert("L").resize((256, 256)), xref="x", yref="y",
        x=-0.5, y=-0.5, sizex=columns, sizey=rows, sizing="stretch", layer="below",
    )  # fmt: skip
    figure.update_xaxes(visible=False, range=[-0.5, columns - 0.5], constrain="domain")
    figure.update_yaxes(visible=False, range=[rows - 0.5, -0.5], scaleanchor="x")
    return _clear(figure).update_layout(height=320, margin={"l": 0, "r": 0, "t": 0, "b": 0})


def _stroke(method: str, gamma: float) -> dict:
    return {"color": colour_of(method), "width": 2, "dash": dash_of(gamma)}


def _label(row: pd.Series) -> str:
    weight = f", γ = {row['weight']:g}" if row["method"] in TUNED else ""
    place = f"quality index {row['quality_index']:g}, {row['bytes']:.0f} bytes"
    return f"{methods.name_of(row['method'])}{weight}, {place}"


def _clear(figure: go.Figure) -> go.Figure:
    return figure.update_layout(
        uirevision="kept",
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        margin={"l": 10, "r": 10, "t": 40, "b": 10},
        legend={"title": None, "orientation": "h", "x": 0, "y": 0, "yref": "container"},
        hovermode="closest",
    )
