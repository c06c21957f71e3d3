"""What the tables say for the lesson: numbers and small drawings."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import InputError
from core.evaluation.headline import SHARE
from core.evaluation.measuring.table import CURVE
from core.evaluation.plots.curve_plots import curve_name, in_order
from core.evaluation.results.curves import originals
from core.evaluation.results.estimates import Estimates
from core.methods import colour_of
from core.plot_style import dash_of
from core.site.line_chart import Axes, Line, line_chart
from core.site.measured import curve_chart, headline_points


@dataclass(frozen=True, slots=True, eq=False)
class Figures:
    """Numbers of the tables that steps tell, and their drawings as markup.

    ``kept``: method -> bytes a face, 64 faces in a file, at 95 % of the accuracy on originals (None
    where never).
    ``equal``: PSNR at which methods are compared, and their accuracies there.  ``price``: PSNR of the
    largest gamma minus the baseline's in files of the same size, dB, and that gamma.
    """

    kept: dict[str, float | None]
    equal: tuple[float, dict[str, float]]
    price: tuple[float, float]
    faces: int
    bits_drawing: str
    error_drawing: str
    share_drawing: str


def figures(estimates: Estimates) -> Figures:
    """Everything the steps need.  Raises InputError where the tables lack it."""
    accuracy = estimates.points("fer2013")
    few = headline_points(estimates)
    if few.empty:
        raise InputError("The tables hold no curve on FER2013: python -m core.evaluation run")
    full = originals(estimates.shown("fer2013"))
    level = None if full != full else ("The original faces", full)
    both = _with_psnr(few, estimates.points("fer2013", "psnr"))
    kept = {}
    for each in estimates.fewest_bytes("shared"):
        kept.setdefault(each.method, each.bytes[SHARE])
    trained = accuracy["method"].isin(["baseline", "control"]) | (
        accuracy["method"].isin(["joint", "codec"]) & accuracy["gamma"].isin(few["gamma"].dropna())
    )
    seeds = accuracy["seed"].isna() | (pd.to_numeric(accuracy["seed"]) == 0)
    return Figures(
        kept, _at_equal_psnr(both), _price(estimates.plane()), int(few["images"].max()),
        curve_chart(few[few["method"].isin(["baseline", "jpeg"])], "accuracy", "file", level),
        _by_psnr(both[both["method"] != "control"]),
        curve_chart(accuracy[trained & seeds], "accuracy", "file", level),
    )  # fmt: skip


def _with_psnr(accuracy: pd.DataFrame, psnr: pd.DataFrame) -> pd.DataFrame:
    keys = [*CURVE, "quality_index"]
    levels = psnr[[*keys, "quality"]].rename(columns={"quality": "psnr"})
    return accuracy.merge(levels, on=keys, how="inner")


def _at_equal_psnr(both: pd.DataFrame) -> tuple[float, dict[str, float]]:
    """The middle of the PSNR that all curves reach, and what each is read at there."""
    curves = [(key[0], part.sort_values("psnr")) for key, part in in_order(both)]
    low = max(part["psnr"].iloc[0] for _, part in curves)
    high = min(part["psnr"].iloc[-1] for _, part in curves)
    level = float(low + 0.25 * (high - low))
    return level, {
        method: float(np.interp(level, part["psnr"], part["quality"])) for method, part in curves
    }


def _price(plane: pd.DataFrame) -> tuple[float, float]:
    tuned = plane[plane["method"].isin(["joint", "codec"])]
    base = plane[plane["method"] == "baseline"].sort_values("bytes")
    if tuned.empty or base.empty:
        return 0.0, 0.0
    gamma = float(tuned["weight"].max())
    part = tuned[tuned["weight"] == gamma].sort_values("bytes")
    part = part[part["method"] == part["method"].iloc[0]]
    low = part.iloc[len(part) // 3]
    level = np.interp(np.log(low["bytes"]), np.log(base["bytes"]), base["psnr"])
    return float(low["psnr"] - level), gamma


def _by_psnr(both: pd.DataFrame) -> str:
    lines = []
    for key, part in in_order(both):
        part = part.sort_values("psnr")
        lines.append(
            Line(
                curve_name(*key), colour_of(key[0]), list(part["psnr"]), list(part["quality"]),
                dash=dash_of(key[1]),
            )
        )  # fmt: skip
    return line_chart(lines, Axes("PSNR (dB)", "Accuracy", True, logarithmic=False))
