"""Drift and series as Plotly figures, in the colours that every codec has elsewhere."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

import pandas as pd
import plotly.graph_objects as go

from core.bridge.advice_text import size_in_words
from core.bridge.drift import kind_of
from core.bridge.headline import LEAST_R, MOST_LOST
from core.evaluation.plots.curve_plots import curve_name
from core.facs import unit_label
from core.methods import colour_of, name_of
from core.plot_style import dash_of, log_axis

WORST = "worst validated unit"
QUANTITIES = {"r": "Correlation with the original", "change": "Mean absolute change"}
RATES = {"bits_per_face": "Bits a face", "bits_per_second": "Bits a second"}
_GRID = "rgba(128, 128, 128, 0.25)"
_DASHES = ("solid", "dash", "dashdot", "longdash", "longdashdot")
"""Of the sizes of stored films, their own first."""


def label(measure: str) -> str:
    """A measure in words: ``AU12 lip corner puller``, ``happiness (composite)``, ``happy``."""
    kind = kind_of(measure)
    if kind == "unit":
        return unit_label(measure)
    return f"{measure} (composite)" if kind == "composite" else measure.removeprefix("emotion_")


def by_measure(drift: pd.DataFrame, measure: str, quantity: str, validated=()) -> pd.DataFrame:
    """One row a codec and setting: ``value`` of the quantity, mean over the clips, beside the rates.

    ``measure`` may be :data:`WORST`: then the least ``r``, or the largest ``change``, among the
    ``validated`` units.
    """
    if measure == WORST:
        part = drift[drift["measure"].isin(validated)]
    else:
        part = drift[drift["measure"] == measure]
    keys = ["name", "method", "gamma", "seed", "setting", "clip"]
    each = part.groupby(keys, sort=False, dropna=False)
    value = each[quantity].min() if quantity == "r" else each[quantity].max()
    table = each[[*RATES, "lost", "faces"]].first().assign(value=value).reset_index()
    return table.groupby(keys[:-1], sort=False, dropna=False).agg(
        {**dict.fromkeys([*RATES, "value"], "mean"), "lost": "sum", "faces": "sum"}
    ).reset_index()  # fmt: skip


def drift_against_bits(
    drift: pd.DataFrame,
    measure: str,
    quantity: str = "r",
    rate: str = "bits_per_face",
    validated=(),
) -> go.Figure:
    """A line a codec: how a measure drifts as the bits go; for r the line at 0.9 is drawn.

    Settings that lost more than :data:`MOST_LOST` of the faces have no value; they are crosses at the
    bottom.
    """
    table = by_measure(drift, measure, quantity, validated)
    table = table[table["method"] != "original"]
    gone = table["lost"] > MOST_LOST * table["faces"]
    figure = go.Figure()
    for part, name, line in _codecs(table.assign(value=table["value"].mask(gone)), rate):
        figure.add_scatter(
            x=part[rate], y=part["value"], name=name, mode="lines+markers", line=line,
            customdata=part[["setting", "lost", "faces"]],
            hovertemplate=f"{name}, setting %{{customdata[0]:g}}<br>%{{x:,.0f}} bits<br>%{{y:.3f}}"
            "<br>%{customdata[1]} of %{customdata[2]} faces lost<extra></extra>",
        )  # fmt: skip
    _add_lost(figure, table[gone], rate)
    if quantity == "r":
        figure.add_hline(
            y=LEAST_R, line={"dash": "dash", "width": 1, "color": colour_of("original")},
            annotation_text="r = 0.9", annotation_position="bottom right",
        )  # fmt: skip
    figure.update_xaxes(title=RATES[rate], gridcolor=_GRID, zeroline=False, **log_axis(table[rate]))
    figure.update_yaxes(title=QUANTITIES[quantity], gridcolor=_GRID, zeroline=False)
    return _dressed(figure)


def _add_lost(figure: go.Figure, table: pd.DataFrame, rate: str) -> None:
    """Crosses at the bottom where more faces got lost than a setting may lose."""
    if table.empty:
        return
    for number, (part, name, line) in enumerate(_codecs(table, rate)):
        figure.add_scatter(
            x=part[rate], y=[0.03] * len(part), yaxis="y2", mode="markers", legendgroup="lost",
            name="face lost", showlegend=number == 0,
            marker={"symbol": "x", "size": 9, "color": line["color"]},
            customdata=part[["setting", "lost", "faces"]],
            hovertemplate=f"{name}, setting %{{customdata[0]:g}}<br>%{{x:,.0f}} bits<br>"
            "%{customdata[1]} of %{customdata[2]} faces lost<extra></extra>",
        )  # fmt: skip
    figure.update_layout(
        yaxis2={"overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True}
    )


def effect_against_bits(
    conclusion: pd.DataFrame, unit: str, rate: str = "bits_per_face"
) -> go.Figure:
    """A line a codec: the groups' difference in one measure (Hedges' g) at every rate.

    The hover has its 95 % interval.  Filled where the verdict is that of the uncompressed clips, open
    where it is not.
    """
    table = conclusion[(conclusion["unit"] == unit) & (conclusion["method"] != "original")]
    figure = go.Figure()
    for part, name, line in _codecs(table, rate):
        same = part["verdict"].isin(["kept", "none"])
        figure.add_scatter(
            x=part[rate], y=part["effect"], name=name, mode="lines+markers", line=line,
            marker={"size": 9, "symbol": ["circle" if fine else "circle-open" for fine in same]},
            customdata=part[["setting", "p_adjusted", "verdict", "low", "high"]],
            hovertemplate=f"{name}, setting %{{customdata[0]:g}}<br>%{{x:,.0f}} bits<br>g = %{{y:.2f}} "
            "(%{customdata[3]:.2f} to %{customdata[4]:.2f})<br>corrected p = %{customdata[1]:.3g}: "
            "%{customdata[2]}<extra></extra>",
        )  # fmt: skip
    figure.add_hline(y=0, line={"width": 1, "color": _GRID})
    original = conclusion.loc[conclusion["unit"] == unit, "original_effect"].dropna()
    if len(original):
        figure.add_hline(
            y=float(original.iloc[0]),
            line={"dash": "dash", "width": 1, "color": colour_of("original")},
            annotation_text="uncompressed", annotation_position="bottom right",
        )  # fmt: skip
    figure.update_xaxes(title=RATES[rate], gridcolor=_GRID, zeroline=False, **log_axis(table[rate]))
    figure.update_yaxes(title="Hedges' g of the groups", gridcolor=_GRID, zeroline=False)
    return _dressed(figure)


def effects_beside(table: pd.DataFrame, units: Sequence[str]) -> go.Figure:
    """The groups' difference (Hedges' g) of each unit: open in the original clips, filled stored.

    ``table`` as :attr:`core.bridge.recording_study.RecordingStudy.table`.
    """
    rows = table.set_index("unit").loc[list(units)]
    names = [label(unit) for unit in rows.index]
    figure = go.Figure()
    figure.add_scatter(
        x=rows["original_effect"], y=names, mode="markers", name="As it is",
        marker={"size": 12, "symbol": "circle-open", "color": colour_of("original"),
                "line": {"width": 2}},
        customdata=rows[["original_p_adjusted"]],
        hovertemplate="%{y}, as it is<br>g = %{x:.2f}, corrected p = %{customdata[0]:.3g}<extra></extra>",
    )  # fmt: skip
    figure.add_scatter(
        x=rows["effect"], y=names, mode="markers", name="Stored",
        marker={"size": 9, "color": colour_of("h264")},
        error_x={"symmetric": False, "array": rows["high"] - rows["effect"],
                 "arrayminus": rows["effect"] - rows["low"], "thickness": 1.5},
        customdata=rows[["low", "high", "p_adjusted", "verdict"]],
        hovertemplate="%{y}, stored<br>g = %{x:.2f} (%{customdata[0]:.2f} to %{customdata[1]:.2f})<br>"
        "corrected p = %{customdata[2]:.3g}: %{customdata[3]}<extra></extra>",
    )  # fmt: skip
    figure.add_vline(x=0, line={"width": 1, "dash": "dash", "color": _GRID})
    figure.update_xaxes(title="Hedges' g of the groups", gridcolor=_GRID, zeroline=False)
    figure.update_yaxes(autorange="reversed", gridcolor=_GRID)
    return _dressed(figure).update_layout(height=160 + 34 * len(rows))


def settings_against_bytes(
    settings: pd.DataFrame, keep: float, most: int | None = None
) -> go.Figure:
    """The least correlation of the chosen units against the bytes, a line a codec, size and rate.

    ``settings`` as :func:`core.bridge.advice_text.table` gives it.  Filled where all criteria hold, a
    cross where too many faces were lost; without any face the correlation is drawn as 0.  ``most``:
    only so many lines, those with the cheapest setting that holds.
    """
    figure = go.Figure()
    settings = settings.assign(size=[size_in_words(row) for _, row in settings.iterrows()])
    sizes = list(dict.fromkeys(sorted(settings["size"], key=_own_first)))
    lines = settings.groupby(["codec", "size", "every"], sort=False)
    for (codec, size, every), part in islice(lines, most):
        part = part.sort_values("megabytes_a_minute")
        name = f"{name_of(codec)}, {size}" + ("" if every == 1 else f", one frame of {every}")
        place = sizes.index(size)
        figure.add_scatter(
            x=part["megabytes_a_minute"], y=part["least_r"].fillna(0), name=name,
            mode="lines+markers",
            line={"color": colour_of(codec), "width": 3 - min(every, 3) / 2,
                  "dash": _DASHES[place % len(_DASHES)]},
            marker={"size": 8, "symbol": [_mark(row) for row in part.itertuples()]},
            customdata=part[["quality", "unit", "reason", "value", "largest_change", "lost_share"]],
            hovertemplate=f"{name}, quality %{{customdata[0]}}<br>%{{x:.3f}} MB a minute<br>"
            "least r %{y:.3f}, largest change %{customdata[4]:.2f}, faces lost %{customdata[5]:.1%}"
            "<br>tightest: %{customdata[1]} (%{customdata[2]} %{customdata[3]:.3f})<extra></extra>",
        )  # fmt: skip
    figure.add_hline(
        y=keep, line={"dash": "dash", "width": 1, "color": colour_of("original")},
        annotation_text=f"r = {keep:g}", annotation_position="bottom right",
    )  # fmt: skip
    figure.update_xaxes(
        title="Megabytes a minute", gridcolor=_GRID, zeroline=False,
        **log_axis(settings["megabytes_a_minute"]),
    )  # fmt: skip
    figure.update_yaxes(title="Least correlation", gridcolor=_GRID, zeroline=False)
    return _dressed(figure)


def _mark(setting) -> str:
    """Of one setting: kept, not kept, or not kept since faces were lost."""
    if setting.passed:
        return "circle"
    return "x-thin-open" if setting.reason == "lost" else "circle-open"


def _own_first(size: str) -> tuple[bool, str]:
    return not size.startswith("own"), size


def timelines(
    measure: str,
    time: pd.Series,
    original: pd.Series,
    coded: Mapping[tuple[str, str], pd.Series],
    now: float | None = None,
) -> go.Figure:
    """One measure over time: the original, and the coded series over it; ``now`` marks a moment.

    ``coded``: (method, what it is called) -> series on the same frames.  Gaps are frames without a
    face.
    """
    figure = go.Figure()
    figure.add_scatter(
        x=time, y=original, name="Original", mode="lines",
        line={"color": colour_of("original"), "width": 5}, opacity=0.8, connectgaps=False,
    )  # fmt: skip
    for (method, name), series in coded.items():
        figure.add_scatter(
            x=time, y=series, name=name, mode="lines", connectgaps=False,
            line={"color": colour_of(method), "width": 2},
        )  # fmt: skip
    if now is not None:
        figure.add_vline(x=now, line={"width": 1, "color": colour_of("original")})
    figure.update_xaxes(title="Time (s)", gridcolor=_GRID, zeroline=False)
    top = [0, 1] if kind_of(measure) == "emotion" else None
    figure.update_yaxes(title=label(measure), gridcolor=_GRID, zeroline=False, range=top)
    return _dressed(figure)


def _codecs(table: pd.DataFrame, rate: str) -> Iterator[tuple[pd.DataFrame, str, dict]]:
    """Rows by rate, name and line of every codec in the table."""
    for _, part in table.groupby("name", sort=False):
        first = part.iloc[0]
        method = first["method"]
        line = {"color": colour_of(method), "width": 2, "dash": dash_of(first["gamma"])}
        yield part.sort_values(rate), curve_name(method, first["gamma"], first.get("seed")), line


def _dressed(figure: go.Figure) -> go.Figure:
    return figure.update_layout(
        uirevision="kept",
        paper_bgcolor="rgba(0, 0, 0, 0)",
        plot_bgcolor="rgba(0, 0, 0, 0)",
        margin={
            "l": 10,
            "r": 10,
            "t": 40,
            "b": 10,
        },  # on top, where the tool bar is, nothing stands
        legend={"orientation": "h", "x": 0, "y": 0, "yref": "container"},
        showlegend=True,
        height=430 + 20 * min(len(figure.data), 8),
    )
