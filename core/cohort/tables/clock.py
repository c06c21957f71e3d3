"""When each row of a table was: seconds as it gives them, or as frames and a rate give them.

Nothing is guessed: times are kept as they stand and the report says what is odd about them, unless
the frames per second that the user names show what they mean.
"""

import re

import numpy as np
import pandas as pd

from core.cohort.tables.dialect import Dialect

PLAUSIBLE_RATE = (1.0, 500.0)
"""Frames a second that cameras deliver."""
USUAL_RATES = (
    5, 10, 12, 12.5, 15, 20, 23.976, 24, 25, 29.97, 30, 48, 50, 59.94, 60, 90, 100, 120, 240,
)  # fmt: skip
"""Frames a second that cameras and programs are set to."""
_AGREES = 0.05  # as a share of the rate


def times(
    table: pd.DataFrame,
    dialect: Dialect,
    frame: np.ndarray,
    fps: float | None,
    unit: float | None,
    above: dict[str, str],
    log,
) -> np.ndarray:
    """Seconds on the table's own clock, NaN where they cannot be known.

    ``fps``: frames per second that the user named; ``unit``: seconds that a unit of its time column
    is, named by the user.  ``above``: what stands above the column names.
    """
    if dialect.rate_in in above:
        return _from_rate(frame, above[dialect.rate_in], fps, log)
    if dialect.time is None:
        if fps:
            return frame / fps
        log("no time", "it has no times; give the frames per second (--fps) to place its frames")
        return np.full(len(table), np.nan)
    if dialect.clock:
        return _coarse(table[dialect.time], frame, fps, log)
    time = pd.to_numeric(table[dialect.time], errors="coerce").to_numpy(np.float64)
    time = _checked(time * (unit or dialect.time_unit), dialect, frame, fps, unit, log)
    _order(time, log)
    return time


def rate_of(time: np.ndarray) -> float:
    """Frames per second between rows that follow each other, NaN if none do."""
    steps = np.diff(time)
    steps = steps[steps > 0]
    if not len(steps):
        return float("nan")
    usual = np.median(steps)  # rounded times make single steps coarse, gaps make them long
    return float(1 / steps[np.abs(steps - usual) < 0.5 * usual].mean())


def _checked(
    time: np.ndarray,
    dialect: Dialect,
    frame: np.ndarray,
    fps: float | None,
    unit: float | None,
    log,
) -> np.ndarray:
    """Times whose rate is what was named or what cameras deliver; otherwise mended or told of."""
    rate, column = rate_of(time), dialect.time
    low, high = PLAUSIBLE_RATE
    if not np.isfinite(rate):
        return time
    if fps:
        if abs(rate / fps - 1) < _AGREES:
            return time
        for factor, name in ((1e-3, "milliseconds"), (1e3, "seconds")):
            if unit is None and abs(rate / factor / fps - 1) < _AGREES:
                log("time unit", f"at {fps:g} frames per second its column {column!r} is in {name}")
                return time * factor
        log(
            "frame rate",
            f"its times mean {rate:.4g} frames per second; they are replaced by its frame numbers at "
            f"the {fps:g} that were given",
        )
        return frame / fps
    if rate > high and dialect.time_unit == 0.001 and unit is None:
        if low <= rate / 1e3 <= high:
            log(
                "time unit",
                f"its column {column!r} would mean {rate:.3g} frames per second; read as seconds it "
                f"is {rate / 1e3:.3g}, and so it was read",
            )
            return time * 1e3
    elif low <= rate <= high:
        return time
    asked = ""
    if low <= rate * 1e3 <= high and unit is None:
        asked = f"; if they are milliseconds ({rate * 1e3:.3g} frames per second), say so (--time-unit ms)"
    log(
        "frame rate",
        f"its times mean {rate:.3g} frames per second (one every {1 / rate:.3g} s); they are kept as "
        f"they stand{asked}",
    )
    return time


def _order(time: np.ndarray, log) -> None:
    steps = np.diff(time)
    if (steps < 0).any():
        first = int(np.argmax(steps < 0)) + 1
        log(
            "time runs backwards",
            f"time runs backwards {(steps < 0).sum():,} times, first at row {first + 1} "
            f"({time[first - 1]:.3f} s, then {time[first]:.3f} s); rows are kept in their order",
        )
    if (steps == 0).any():
        log("time stands still", f"{(steps == 0).sum():,} rows have the time of the row before")
    known = time[np.isfinite(time)]
    if len(known) and known[0] > 60:
        log(
            "late clock",
            f"its clock starts at {known[0]:,.1f} s; courses over time count from there, event logs "
            "are read on the same clock (--events-from-start: from the recording's beginning)",
        )


def _from_rate(frame: np.ndarray, text: str, fps: float | None, log) -> np.ndarray:
    """Times from the rate that a table states above its columns."""
    match = re.search(r"\d+(?:[.,]\d+)?", text)
    rate = fps or (float(match[0].replace(",", ".")) if match else 0.0)
    if not rate:
        log("no time", "it states no frame rate; give the frames per second (--fps)")
        return np.full(len(frame), np.nan)
    log("coarse time", f"its times come from its rows at {rate:.5g} frames per second")
    return frame / rate


def _coarse(text: pd.Series, frame: np.ndarray, fps: float | None, log) -> np.ndarray:
    """Whole seconds (``mm:ss``, or a timecode), made finer by frame numbers.

    The rate is bracketed: which rates put every frame into its second?  A usual rate alone in the
    bracket is taken; otherwise its middle where it is narrow, and nothing where it is not.
    """
    number = pd.to_numeric(text, errors="coerce")
    if number.notna().any():
        return number.to_numpy(np.float64)
    parts = text.astype(str).str.strip().str.extract(r"^(?:(\d+):)?(\d+):(\d+)(?:[:.][\d.]+)?$")
    parts = parts.astype(float)
    seconds = (parts[0].fillna(0) * 3600 + parts[1] * 60 + parts[2]).to_numpy()
    known = np.isfinite(seconds)
    if fps:
        log("coarse time", f"its times are whole seconds; they come from its frames at {fps:g}")
        return np.where(known, frame / fps, np.nan)
    low, high = rate_bracket(frame[known], seconds[known])
    inside = [rate for rate in USUAL_RATES if low < rate <= high]
    if len(inside) == 1:
        rate = float(inside[0])
    elif high / max(low, 1e-9) < 1.1:
        rate = min(inside, key=lambda r: abs(r - (low + high) / 2)) if inside else (low + high) / 2
    else:
        log(
            "coarse time",
            f"its times are whole seconds and fit {low:.4g} to {high:.4g} frames per second: give "
            "the right number (--fps); until then its frames have no times",
        )
        return np.full(len(frame), np.nan)
    log(
        "coarse time",
        f"its times are whole seconds; moments between them come from its frames at {rate:.5g} frames "
        f"per second ({low:.4g} to {high:.4g} fit its seconds; another rate can be given: --fps)",
    )
    return np.where(known, frame / rate, np.nan)


def rate_bracket(frame: np.ndarray, second: np.ndarray) -> tuple[float, float]:
    """The frames per second that put each ``frame`` into its whole ``second``; (0, inf) for any.

    Counted between the first frames of seconds, which works wherever the clock began; where frame 0
    is second 0, every row's own bounds count too.
    """
    if not len(frame):
        return 0.0, np.inf
    order = np.argsort(frame, kind="stable")
    frame, second = frame[order].astype(np.float64), second[order]
    step = float(np.median(np.diff(frame))) if len(frame) > 1 else 1.0
    begins = np.flatnonzero(np.diff(second) > 0) + 1
    low, high = 0.0, np.inf
    for a in (begins[:1], begins[-1:]):
        for at in a:
            other = begins[begins != at]
            span = second[other] - second[at]
            apart = (frame[other] - frame[at]) / span
            slack = step / np.abs(span)
            if len(other):
                low, high = max(low, (apart - slack).max()), min(high, (apart + slack).min())
    if frame[0] <= step and second[0] == 0 and second[-1] > 0:
        late = second > 0
        own_low = (frame / (second + 1)).max()
        own_high = (frame[late] / second[late]).min()
        if own_low < own_high:
            low, high = max(low, own_low), min(high, own_high)
    return (low, high) if low < high else (0.0, np.inf)
