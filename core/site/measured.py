"""Curves and claims of the results as parts of a page."""

from html import escape

import pandas as pd

from core.evaluation.claims.claim import Finding
from core.evaluation.headline import headline
from core.evaluation.plots.curve_plots import chosen, curve_name, in_order
from core.evaluation.results.curves import QUALITIES, RATES, originals
from core.evaluation.results.estimates import STATED, Estimates
from core.formatting import number, percent, size
from core.methods import colour_of
from core.plot_style import dash_of
from core.site.line_chart import Axes, Line, line_chart

MOST_CURVES = 5
"""On a chart whose curves are labelled at their ends."""


def headline_points(estimates: Estimates) -> pd.DataFrame:
    """The points of the few curves that say most, of accuracy on FER2013."""
    points = estimates.points("fer2013")
    keys = {curve_name(*key): key for key, _ in in_order(points)}
    return chosen(points, headline(keys)[:MOST_CURVES])


def headline_chart(estimates: Estimates) -> str:
    """Those curves as a drawing, with the accuracy on originals as a level."""
    full = originals(estimates.shown("fer2013"), estimates.reference_classifier)
    level = None if full != full else ("The original faces", full)
    return curve_chart(headline_points(estimates), "accuracy", "file", level)


def curve_chart(
    points: pd.DataFrame, quality: str, rate: str, level: tuple[str, float] | None = None
) -> str:
    """Any curves of the results as a drawing; ``points`` as ``results.curves.points`` gives them."""
    lines = [
        Line(
            curve_name(*key), colour_of(key[0]), list(part["bpp"]), list(part["quality"]),
            *_band(part), dash_of(key[1]), [_note(row, quality) for row in part.to_dict("records")],
        )
        for key, part in in_order(points)
    ]  # fmt: skip
    return line_chart(
        lines, Axes(RATES[rate], QUALITIES[quality], quality == "accuracy"), level=level
    )


def points_table(points: pd.DataFrame, quality: str) -> str:
    """The points behind a drawing as a folded table."""
    written = percent if quality == "accuracy" else lambda value: number(value, 2)
    rows = "".join(
        f"<tr><td>{escape(curve_name(*key))}</td><td class=number>{row['quality_index']:g}</td>"
        f"<td class=number>{number(row['bytes'], 1)}</td><td class=number>{number(row['bpp'], 3)}</td>"
        f"<td class=number>{written(row['quality'])}</td>"
        f"<td class=number>{written(row['low'])} to {written(row['high'])}</td>"
        f"<td class=number>{row['images']:,}</td></tr>"
        for key, part in in_order(points)
        for row in part.to_dict("records")
    )
    head = "".join(
        f"<th scope=col>{name}</th>"
        for name in (
            "Curve",
            "Setting",
            "Bytes",
            "Bit/pixel",
            QUALITIES[quality],
            "Interval",
            "Pictures",
        )
    )
    return (
        f"<details><summary>The points of the curves</summary><div class=wide><table><thead><tr>{head}"
        f"</tr></thead><tbody>{rows}</tbody></table></div></details>"
    )


def claims_table(findings: list[Finding]) -> str:
    """Every claim with its verdict, theirs, ours with interval, and why."""
    rows = []
    for each in findings:
        ours = escape(each.ours or "–") + (
            f"<br>({escape(each.interval)})" if each.interval else ""
        )
        rows.append(
            f"<tr><td>{_origin(each)}</td><td>{escape(each.claim.quote)}</td>"
            f"<td>{escape(each.claim.theirs)}</td><td>{ours}</td><td><b>{escape(each.verdict)}</b></td>"
            f"<td class=note>{escape(each.why)}</td></tr>"
        )
    head = "".join(
        f"<th scope=col>{name}</th>"
        for name in ("Whose", "Claim", "Theirs", "Ours", "Verdict", "Why")
    )
    return (
        f"<div class=wide><table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
        f"</div><p class=note>{STATED}, over faces or pictures.</p>"
    )


def _origin(each: Finding) -> str:
    origin = each.claim.origin
    if not origin.link:
        return escape(origin.name)
    return (
        f'<a href="{escape(origin.link)}" title="{escape(origin.title)}">{escape(origin.name)}</a>'
    )


def _band(part: pd.DataFrame) -> tuple[list, list]:
    if not part["low"].notna().all():
        return [], []
    return list(part["low"]), list(part["high"])


def _note(row: dict, quality: str) -> str:
    value = percent(row["quality"]) if quality == "accuracy" else number(row["quality"], 2)
    return f"{size(row['bytes'], 1)}, {number(row['bpp'], 3)} bit/pixel: {value}"
