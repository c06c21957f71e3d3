"""The few curves that say most, and the one sentence that answers the question."""

from core import checkpoints, formatting, methods
from core.evaluation.measuring.table import CURVE
from core.evaluation.plots.curve_plots import curve_name, has_tuned_classifier
from core.evaluation.results.equal_accuracy import EqualAccuracy
from core.evaluation.results.estimates import Estimates

SHARE = "95%"
"""Of the accuracy on originals: what counts as read as well."""


def headline(curves: dict[str, tuple]) -> list[str]:
    """The four of ``curves`` (name -> values of ``CURVE``) that say most.

    The baseline, what was trained jointly at the gamma that validation chose, the control, and JPEG:
    what training gains, whose gain it is, and what everybody uses.
    """
    chosen = {
        card.gamma for card in checkpoints.cards("codec") if card.method == "joint" and card.chosen
    }
    names = []
    for method in ("baseline", "joint", "control", "jpeg"):
        of_method = [
            (name, key)
            for name, key in curves.items()
            if key[0] == method and not has_tuned_classifier(key[0], key[3])
        ]
        best = [name for name, (_, gamma, seed, _) in of_method if gamma in chosen and not seed]
        names += (best or [name for name, _ in of_method])[:1]
    return names or list(curves)[:4]


def answer(estimates: Estimates) -> str:
    """How few bytes a face keep it readable, best method first, in one sentence of Markdown.

    Empty where too little was measured.
    """
    rows = {
        curve_name(*(getattr(row, name) for name in CURVE)): row
        for row in estimates.fewest_bytes("shared")
    }
    keys = {name: tuple(getattr(row, key) for key in CURVE) for name, row in rows.items()}
    needed = [
        (name, rows[name]) for name in headline(keys) if rows[name].bytes.get(SHARE) is not None
    ]
    if not needed:
        return ""
    needed.sort(key=lambda pair: (pair[1].method not in methods.LEARNED, pair[1].bytes[SHARE]))
    (first, best), *rest = needed
    text = (
        f"Read nearly as well as the original ({SHARE} of its accuracy) down to {_size(best)} a face, "
        f"64 faces in a file, with “{first}”"
    )
    others = formatting.listed([f"{name} needs {_size(row)}" for name, row in rest])
    return f"{text}; {others}." if others else f"{text}."


def _size(row: EqualAccuracy) -> str:
    """The bytes in bold, with their interval."""
    low, high = row.low.get(SHARE), row.high.get(SHARE)
    size = f"**{formatting.size(row.bytes[SHARE])}**"
    if formatting.missing(low) or formatting.missing(high):
        return size
    return f"{size} ({formatting.number(low)} to {formatting.number(high)})"
