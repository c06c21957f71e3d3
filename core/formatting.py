"""How numbers are written in sentences and tables: the minus sign, the digits, the unit.

Missing values (NaN, None) are written as an en dash.  A value and its unit are parted by a space;
the percent sign follows its number at once.
"""

from collections.abc import Iterable

MISSING = "–"
_MINUS = "\N{MINUS SIGN}"


def number(value: float | None, digits: int = 0, unit: str = "") -> str:
    """``1,234.5 dB``: grouped in thousands, a true minus sign, the unit behind it."""
    return _written(value, f",.{digits}f", unit)


def signed(value: float | None, digits: int = 1, unit: str = "") -> str:
    """``+1.2 dB`` or ``−1.2 dB``; what rounds to nothing has no sign."""
    if not missing(value) and round(float(value), digits) == 0:
        return number(0.0, digits, unit)
    return _written(value, f"+,.{digits}f", unit)


def percent(share: float | None, digits: int = 1) -> str:
    """``46.2%`` of a share in 0..1."""
    return MISSING if missing(share) else number(100 * share, digits) + "%"


def signed_percent(share: float | None, digits: int = 1) -> str:
    """``−9.4%`` of a relative change."""
    return MISSING if missing(share) else signed(100 * share, digits) + "%"


def points(difference: float | None, digits: int = 1) -> str:
    """``+12.9 points``: the difference of two shares in 0..1."""
    return MISSING if missing(difference) else signed(100 * difference, digits, "points")


def size(count: float | None, digits: int = 0) -> str:
    """``1,234 bytes``."""
    singular = not missing(count) and round(float(count), digits) == 1
    return number(count, digits, "byte" if singular else "bytes")


def bits_per_pixel(value: float | None) -> str:
    """``0.145 bit/pixel``."""
    return number(value, 3, "bit/pixel")


def decibels(value: float | None) -> str:
    """``26.5 dB``."""
    return number(value, 1, "dB")


def weight(gamma: float) -> str:
    """A weight of the loss as it is written everywhere: ``0.2``, ``20``."""
    return f"{gamma:g}"


def duration(seconds: float | None) -> str:
    """``45 s``, ``12 min``, ``7 h``: how long something takes, as roughly as anybody knows it."""
    if missing(seconds):
        return MISSING
    if seconds < 90:
        return number(max(seconds, 1), 0, "s")
    if seconds < 90 * 60:
        return number(seconds / 60, 0, "min")
    return number(seconds / 3600, 0, "h")


def p_value(p: float | None) -> str:
    """``p = 0.031``, ``p < 0.001``."""
    if missing(p):
        return f"p {MISSING}"
    return "p < 0.001" if p < 0.001 else f"p = {p:.2g}"


def listed(words: Iterable[str]) -> str:
    """``a, b and c``."""
    words = list(words)
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def missing(value: float | None) -> bool:
    """Whether there is no number: None, NaN or pandas' NA."""
    try:
        return value is None or bool(value != value)
    except TypeError:  # pandas' NA has no truth
        return True


def _written(value: float | None, form: str, unit: str) -> str:
    if missing(value):
        return MISSING
    text = format(float(value), form)
    if not any(digit in text for digit in "123456789"):
        text = text.lstrip("-")
    return text.replace("-", _MINUS) + (f" {unit}" if unit else "")
