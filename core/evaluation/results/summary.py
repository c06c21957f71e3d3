"""The headline figures, computed from the table: what the README and the home page state."""

import pandas as pd

from core.errors import InputError
from core.evaluation.measuring.table import correct
from core.evaluation.results.comparison import compare
from core.evaluation.results.equal_accuracy import KEPT, fewest_bytes, gains
from core.evaluation.results.equal_rate import pairs
from core.evaluation.results.gain_split import regime_deltas, shares
from core.evaluation.results.psnr_loss import psnr_changes
from core.intervals import wilson
from core.methods import CLASSICAL, REGIMES

_PAIRED = (("joint", "control"), ("joint", "codec"), ("joint", "baseline"), ("control", "baseline"))
"""Which methods McNemar's test tells apart, where their stops were matched."""


def summary(rows: pd.DataFrame, resamples: int = 1000) -> dict:
    """Headline figures as plain lists and numbers.

    ``classifiers``: accuracy on the test originals with Wilson's interval.  ``deltas``: every
    learned curve against every classical codec, and all curves against the baseline (accuracy), as
    ``comparison.compare`` gives them.  ``seeds``: means over trainings that differ
    in their seed alone, of regimes with several (the table of ``shares``).
    ``fewest_bytes`` and ``gains``: see ``kept``; ``pixels``: see ``pixels``, with the data; ``pairs``:
    see ``pairs``, empty where no stops were matched.  Raises InputError on an empty table.
    """
    if rows.empty:
        raise InputError("There are no results yet: write them with python -m core.evaluation run.")
    present = set(rows["method"].astype(str))
    learned = [name for name in REGIMES if name in present]
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
    wanted += [("baseline", method, "fer2013", "accuracy") for method in CLASSICAL]
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
        "seeds": _seeds(rows),
        "fewest_bytes": fewest_bytes(rows, resamples=resamples),
        "gains": gains(rows, resamples=resamples),
        "pixels": _pixels(rows, resamples),
        "pairs": _pairs(rows, resamples),
    }


def _seeds(rows: pd.DataFrame) -> list[dict]:
    deltas = regime_deltas(rows, resamples=1)
    if deltas.empty:
        return []
    table = shares(deltas).table
    table = table[table["seeds"] > 1].astype(object)
    return table.where(table.notna(), None).to_dict("records")


def _pixels(rows: pd.DataFrame, resamples: int) -> list[dict]:
    found = []
    for data in ("fer2013", "photographs"):
        changes = psnr_changes(rows, data, resamples=resamples)
        changes = changes.astype(object).where(changes.notna(), None)
        found += [{"data": data, **each} for each in changes.to_dict("records")]
    return found


def _pairs(rows: pd.DataFrame, resamples: int) -> list[dict]:
    found = []
    for first, second in _PAIRED:
        try:
            found += pairs(rows, first, second, resamples=resamples)
        except InputError:
            continue  # not measured, or not at equal rates: there is nothing to say
    return found


def as_markdown(made: dict) -> str:
    """The summary as Markdown tables."""
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
        f"| file bytes a face that keep (95 % interval) | {' | '.join(shares)} of the accuracy |",
        f"| --- |{' --- |' * len(shares)}",
    ]
    for each in made["fewest_bytes"]:
        values = " | ".join(
            f"{_number(each['bytes'][share])} ({_number(each['low'][share])} to "
            f"{_number(each['high'][share])})"
            for share in shares
        )
        lines.append(f"| {_name(each)} | {values} |")
    lines += [
        "",
        "| at the best low rate (chosen on validation) | file bytes | accuracy | over the same "
        "classifier on originals | over the base classifier on originals |",
        "| --- | --- | --- | --- | --- |",
    ]
    for each in made["gains"]:
        lines.append(
            f"| {_name(each)} | {each['bytes']:.1f} | {each['accuracy']:.2%} | "
            f"{_points(each['over_own'])} | {_points(each['over_base'])} |"
        )
    lines += _seed_lines(made["seeds"]) + _pixel_lines(made["pixels"])
    lines += _pair_lines(made["pairs"])
    return "\n".join(lines)


def _seed_lines(found: list[dict]) -> list[str]:
    if not found:
        return []
    lines = [
        "",
        "| over trainings, on faces that all share | seeds | BD-rate, mean (sd) | BD-accuracy, mean "
        "(sd) | faces |",
        "| --- | --- | --- | --- | --- |",
    ]
    for each in found:
        lines.append(
            f"| {_name({**each, 'chosen': False})} | {each['seeds']} | "
            f"{_number(each['rate'])} % ({_number(each['rate_sd'])}) | "
            f"{_number(each['points'], 2)} points ({_number(each['points_sd'], 2)}) | "
            f"{each['images']} |"
        )
    return lines


def _pixel_lines(found: list[dict]) -> list[str]:
    if not found:
        return []
    lines = [
        "",
        "| PSNR at equal rate against the baseline | data | stop: change (95 % interval) in dB, "
        "* beyond the baseline's rates |",
        "| --- | --- | --- |",
    ]
    curves: dict[tuple, list[dict]] = {}
    for each in found:
        name = _name({**each, "chosen": False})
        curves.setdefault((name, each["data"]), []).append(each)
    for (name, data), quality_indices in curves.items():
        changes = "; ".join(
            f"{each['quality_index']:g}: {each['change']:+.2f}{'*' if each['beyond'] else ''} "
            f"({each['low']:+.2f} to {each['high']:+.2f})"
            for each in quality_indices
        )
        lines.append(f"| {name} | {data} | {changes} |")
    return lines


def _pair_lines(found: list[dict]) -> list[str]:
    if not found:
        return []
    lines = [
        "",
        "| pair | bpp of both | accuracy of both | difference (95 % interval) | only one is right | "
        "McNemar's p |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for each in found:
        difference = {"points": each["difference"], "low": each["low"], "high": each["high"]}
        lines.append(
            f"| {each['first']} and {each['second']} | {each['first_bpp']:.4f}, "
            f"{each['second_bpp']:.4f} | {each['first_accuracy']:.2%}, "
            f"{each['second_accuracy']:.2%} | {_points(difference)} | {each['only_first']}, "
            f"{each['only_second']} | {each['p_value']:.2g} |"
        )
    return lines


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
                "faces": share.n,
            }
        )
    return found


def _name(each: dict) -> str:
    gamma = "" if each["gamma"] is None else f" γ={each['gamma']:g}"
    seed = f" seed {each['seed']}" if each.get("seed") else ""
    tuned = each["method"] in CLASSICAL and each["classifier"] != "base"
    reader = f" read by {each['classifier']}" if tuned else ""
    return f"{each['method']}{gamma}{seed}{reader}{' (chosen)' if each['chosen'] else ''}"


def _points(found: dict | None) -> str:
    if found is None:
        return "-"
    return f"{found['points']:+.2f} points ({found['low']:+.2f} to {found['high']:+.2f})"


def _number(value: float | None, digits: int = 1) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
