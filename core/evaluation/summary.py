"""The headline figures, computed from the table: what the README and the home page state."""

import math

import numpy as np
import pandas as pd

from core.codec.classical import METHODS as CLASSICAL
from core.errors import InputError
from core.evaluation.comparison import compare, curves_of, is_chosen
from core.evaluation.curves import originals, points
from core.evaluation.intervals import wilson
from core.evaluation.table import correct

KEPT = (0.99, 0.95, 0.90)
"""Shares of the base classifier's accuracy on originals that a file is asked to keep."""

_LEARNED = ("baseline", "codec", "joint", "control")


def summary(rows: pd.DataFrame, resamples: int = 1000) -> dict:
    """Headline figures as plain lists and numbers.

    ``classifiers``: accuracy on the test originals with Wilson's interval.  ``deltas``: every
    learned curve against every classical codec, and against the baseline (accuracy), as
    :func:`core.evaluation.comparison.compare` gives them.  ``fewest_bytes``: see
    :func:`fewest_bytes`.  Raises InputError on an empty table.
    """
    if rows.empty:
        raise InputError("There are no results yet: write them with python -m core.evaluation run.")
    present = set(rows["method"].astype(str))
    learned = [name for name in _LEARNED if name in present]
    wanted = [
        (reference, method, data, "psnr")
        for data in ("fer2013", "photographs", "foreign")
        for method in learned
        for reference in CLASSICAL
    ]
    wanted += [
        (reference, method, "fer2013", "accuracy")
        for method in learned
        for reference in (*CLASSICAL, "baseline")
        if reference != method
    ]
    deltas = []
    for reference, method, data, quality in wanted:
        part = rows[(rows["data"] == data) & rows["method"].isin([reference, method])]
        if {reference, method} <= set(part.loc[part["split"] == "test", "method"]):
            found = compare(
                part, reference, method, quality=quality, data=data, resamples=resamples
            )
            deltas += [{**each, "quality": quality} for each in found]
    return {
        "classifiers": _classifiers(rows),
        "deltas": deltas,
        "fewest_bytes": fewest_bytes(rows),
    }


def fewest_bytes(rows: pd.DataFrame, data: str = "fer2013") -> list[dict]:
    """Mean file bytes a face at which every curve keeps a share of the base accuracy.

    Interpolated (accuracy against log bytes) between the two stops on either side, on the running
    maximum of the curve; None where the curve never gets there.  The base classifier's accuracy on
    the originals of the same pictures is 100 %.
    """
    test = rows[(rows["data"] == data) & (rows["split"] == "test")]
    full = originals(test)
    found = []
    for method in sorted(set(test["method"].astype(str)) - {"original"}):
        for key, part in curves_of(test, method):
            curve = points(part, "accuracy", resamples=1)
            reached = {
                f"{share:.0%}": crossing(curve["bytes"], curve["quality"], share * full)
                for share in KEPT
            }
            found.append(
                {
                    **{name: None if pd.isna(value) else value for name, value in key.items()},
                    "chosen": is_chosen(key),
                    "bytes": reached,
                }
            )
    return found


def crossing(sizes: pd.Series, qualities: pd.Series, wanted: float) -> float | None:
    """The least size at which the running maximum of ``qualities`` reaches ``wanted``.

    ``sizes`` ascend.  None where it is never reached or not defined; the first size where it is
    reached from the start.
    """
    raised = np.maximum.accumulate(np.asarray(qualities, dtype=np.float64))
    log_size = np.log(np.asarray(sizes, dtype=np.float64))
    if not math.isfinite(wanted) or not len(raised) or raised[-1] < wanted:
        return None
    after = int(np.argmax(raised >= wanted))
    if after == 0:
        return round(float(np.exp(log_size[0])), 1)
    low, high = raised[after - 1], raised[after]
    part = (wanted - low) / (high - low)
    return round(float(np.exp(log_size[after - 1] + part * np.diff(log_size)[after - 1])), 1)


def as_markdown(made: dict) -> str:
    """The summary as three Markdown tables."""
    lines = [
        "| classifier | accuracy on FER2013's test originals | 95 % interval |",
        "| --- | --- | --- |",
    ]
    for each in made["classifiers"]:
        lines.append(
            f"| {each['classifier']} | {each['accuracy']:.2%} | "
            f"{each['low']:.2%} to {each['high']:.2%} ({each['faces']} faces) |"
        )
    lines += [
        "",
        "| method | against | data | quality | BD-rate (95 % interval) | BD-quality | overlap |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for each in made["deltas"]:
        lines.append(
            f"| {_name(each)} | {each['reference']} | {each['data']} | {each['quality']} | "
            f"{_number(each['bd_rate'])} % ({_number(each['low'])} to {_number(each['high'])}) | "
            f"{_number(each['bd_quality'], 2)} {each['quality_unit']} | {each['overlap']:.0%} |"
        )
    shares = [f"{share:.0%}" for share in KEPT]
    lines += [
        "",
        f"| file bytes a face that keep | {' | '.join(shares)} of the accuracy |",
        f"| --- |{' --- |' * len(shares)}",
    ]
    for each in made["fewest_bytes"]:
        values = " | ".join(_number(each["bytes"][share]) for share in shares)
        lines.append(f"| {_name(each)} | {values} |")
    return "\n".join(lines)


def _classifiers(rows: pd.DataFrame) -> list[dict]:
    uncoded = rows[
        (rows["method"] == "original") & (rows["data"] == "fer2013") & (rows["split"] == "test")
    ]
    found = []
    for classifier, part in uncoded.groupby("classifier", observed=True):
        share = wilson(correct(part).to_numpy() == 1)
        found.append(
            {
                "classifier": str(classifier),
                "accuracy": share.value,
                "low": share.low,
                "high": share.high,
                "faces": share.count,
            }
        )
    return found


def _name(each: dict) -> str:
    gamma = "" if each["gamma"] is None else f" γ={each['gamma']:g}"
    return f"{each['method']}{gamma}{' (chosen)' if each['chosen'] else ''}"


def _number(value: float | None, digits: int = 1) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
