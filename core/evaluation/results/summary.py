"""The headline figures, computed from the table: what the README and the home page state."""

from dataclasses import asdict

import pandas as pd

from core.errors import InputError
from core.evaluation.measuring.table import correct
from core.evaluation.results.equal_accuracy import EQUAL_ACCURACIES
from core.evaluation.results.estimates import STATED, Estimates
from core.evaluation.results.gain_split import STEPS, regimes
from core.evaluation.results.survival import as_frame, strangers_survivals, survivals
from core.formatting import percent, signed
from core.intervals import wilson
from core.methods import CLASSICAL, REGIMES

_PAIRED = (("joint", "control"), ("joint", "codec"), ("joint", "baseline"), ("control", "baseline"))
"""Which methods McNemar's test tells apart, where their points were matched."""


def summarise(estimates: Estimates) -> dict:
    """Headline figures as plain lists and numbers.

    ``classifiers``: accuracy on the test originals with Wilson's interval.  ``deltas``: every
    learned curve against every classical codec, and all curves against the baseline (accuracy), as
    ``comparison.compare`` gives them.  ``seeds``: spread over trainings that differ in their seed
    alone, of regimes with several (``gain_split.regimes``).  ``split``: whose gain joint training is,
    None where a training is missing.  ``fewest_bytes`` (of files; ``_shared``: of 64 faces a
    file) and ``gains``: see ``equal_accuracy``; ``pixels``: see ``psnr_loss``, with the data;
    ``pairs``: see ``equal_rate``, empty where no points were matched;
    ``strangers``: see ``survival``, empty where none read; ``limits``: see ``limits``, None without
    originals.  Raises InputError on an empty table.
    """
    rows = estimates.rows
    if rows.empty:
        raise InputError("There are no results yet: write them with python -m core.evaluation run.")
    return {
        "labels": estimates.labels,
        "intervals": STATED,
        "classifiers": _classifiers(estimates.shown("fer2013")),
        "deltas": _deltas(estimates),
        "seeds": _seeds(estimates),
        "split": _split(estimates),
        "fewest_bytes": [asdict(each) for each in estimates.fewest_bytes()],
        "fewest_bytes_shared": [asdict(each) for each in estimates.fewest_bytes("shared")],
        "gains": [asdict(each) for each in estimates.gains()],
        "pixels": _pixels(estimates),
        "pairs": _equal_rate(estimates),
        "strangers": _strangers(estimates),
        "limits": _limits(estimates),
    }


def _deltas(estimates: Estimates) -> list[dict]:
    rows = estimates.rows
    tested = rows[rows["split"] == "test"]
    present = {
        data: set(part["method"].astype(str))
        for data, part in tested.groupby("data", observed=True)
    }
    learned = [
        name for name in ("generic", *REGIMES) if any(name in has for has in present.values())
    ]
    wanted = [
        (reference, method, data, "psnr")
        for data in ("fer2013", "photographs", "kodak", "foreign")
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
    return [
        {**asdict(each), "quality": quality}
        for reference, method, data, quality in wanted
        if {reference, method} <= present.get(data, set())
        for each in estimates.comparisons(reference, method, data=data, quality=quality)
    ]


def _seeds(estimates: Estimates) -> list[dict]:
    deltas = estimates.regime_deltas()
    if deltas.empty:
        return []
    table = regimes(deltas, estimates.repeat_deltas())
    table = table[table["seeds"] > 1].astype(object)
    return table.where(table.notna(), None).to_dict("records")


def _split(estimates: Estimates) -> dict | None:
    try:
        return asdict(estimates.split())
    except InputError:
        return None  # a training is missing: nothing can be split


def _pixels(estimates: Estimates) -> list[dict]:
    losses = []
    for data in ("fer2013", "photographs"):
        changes = estimates.psnr_changes(data)
        changes = changes.astype(object).where(changes.notna(), None)
        losses += [{"data": data, **each} for each in changes.to_dict("records")]
    return losses


def _strangers(estimates: Estimates) -> list[dict]:
    by_stranger = strangers_survivals(estimates)
    if not by_stranger:
        return []
    every = [*survivals(estimates, None), *(one for each in by_stranger.values() for one in each)]
    table = as_frame(every).astype(object)
    return table.where(table.notna(), None).to_dict("records")


def _limits(estimates: Estimates) -> dict | None:
    try:
        return asdict(estimates.limits())
    except InputError:
        return None  # no originals were read


def _equal_rate(estimates: Estimates) -> list[dict]:
    tested = []
    for first, second in _PAIRED:
        try:
            tested += map(asdict, estimates.equal_rate(first, second))
        except InputError:
            continue  # not measured, or not at equal rates: there is nothing to say
    return tested


def as_markdown(figures: dict) -> str:
    """The summary as Markdown tables."""
    lines = [
        "| classifier | accuracy on FER2013's test originals | 95 % interval |",
        "| --- | --- | --- |",
    ]
    for each in figures["classifiers"]:
        lines.append(
            f"| {each['classifier']} | {percent(each['accuracy'], 2)} | "
            f"{percent(each['low'], 2)} to {percent(each['high'], 2)} ({each['faces']} faces) |"
        )
    lines += [
        "",
        "| method | against | data | quality | BD-rate (95 % interval) | BD-quality | overlap |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for each in figures["deltas"]:
        lines.append(
            f"| {_name(each)} | {each['reference']} | {each['data']} | {each['quality']} | "
            f"{_number(each['bd_rate'])} % ({_number(each['low'])} to {_number(each['high'])}) | "
            f"{_number(each['bd_quality'], 2)} {each['quality_unit']} | {percent(each['overlap'], 0)} |"
        )
    lines += _equal_accuracy_lines("file bytes a face", figures["fewest_bytes"])
    lines += _equal_accuracy_lines("bytes a face, 64 in a file,", figures["fewest_bytes_shared"])
    lines += [
        "",
        "| at the best low rate (chosen on validation) | file bytes | accuracy | over the same "
        "classifier on originals | over the base classifier on originals |",
        "| --- | --- | --- | --- | --- |",
    ]
    for each in figures["gains"]:
        lines.append(
            f"| {_name(each)} | {each['bytes']:.1f} | {percent(each['accuracy'], 2)} | "
            f"{_points(each['over_own'])} | {_points(each['over_base'])} |"
        )
    lines += _seed_lines(figures["seeds"]) + _split_lines(figures["split"])
    lines += _pixel_lines(figures["pixels"])
    lines += _pair_lines(figures["pairs"])
    lines += _stranger_lines(figures["strangers"])
    lines += _limit_lines(figures["limits"])
    return "\n".join(lines)


def _equal_accuracy_lines(sizes: str, curves: list[dict]) -> list[str]:
    levels = [percent(share, 0) for share in EQUAL_ACCURACIES]
    lines = [
        "",
        f"| {sizes} that keep (95 % interval) | {' | '.join(levels)} of the accuracy |",
        f"| --- |{' --- |' * len(levels)}",
    ]
    for each in curves:
        values = " | ".join(
            f"{_number(each['bytes'][share])} ({_number(each['low'][share])} to "
            f"{_number(each['high'][share])})"
            for share in levels
        )
        lines.append(f"| {_name(each)} | {values} |")
    return lines


def _seed_lines(spreads: list[dict]) -> list[str]:
    if not spreads:
        return []
    lines = [
        "",
        "| the first training (sd over all, on faces that all share) | seeds | BD-rate (sd) | "
        "BD-accuracy (sd) | faces, of the sd |",
        "| --- | --- | --- | --- | --- |",
    ]
    for each in spreads:
        lines.append(
            f"| {_name({**each, 'chosen': False})} | {each['seeds']} | "
            f"{_number(each['rate'])} % ({_number(each['rate_sd'])}) | "
            f"{_number(each['points'], 2)} points ({_number(each['points_sd'], 2)}) | "
            f"{each['images']}, {each['shared_images']} |"
        )
    return lines


def _split_lines(split: dict | None) -> list[str]:
    if split is None:
        return []
    lines = [
        "",
        f"| whose gain ({split['images']} faces, accuracies that all reach) | rate | share of the way "
        "| accuracy |",
        "| --- | --- | --- | --- |",
    ]
    for each in split["steps"]:
        cells = [
            f"{signed(each[name]['value'])} {unit} ({signed(each[name]['low'])} to "
            f"{signed(each[name]['high'])})"
            for name, unit in (("rate", "%"), ("share", "%"), ("points", "points"))
        ]
        lines.append(
            f"| {each['start']} to {each['end']}: {STEPS[each['end']]} | {' | '.join(cells)} |"
        )
    return lines


def _pixel_lines(losses: list[dict]) -> list[str]:
    if not losses:
        return []
    lines = [
        "",
        "| PSNR at equal rate against the baseline | data | quality index: change (95 % interval) in dB, "
        "* beyond the baseline's rates |",
        "| --- | --- | --- |",
    ]
    curves: dict[tuple, list[dict]] = {}
    for each in losses:
        name = _name({**each, "chosen": False})
        curves.setdefault((name, each["data"]), []).append(each)
    for (name, data), quality_indices in curves.items():
        changes = "; ".join(
            f"{each['quality_index']:g}: {signed(each['change'], 2)}{'*' if each['beyond'] else ''} "
            f"({signed(each['low'], 2)} to {signed(each['high'], 2)})"
            for each in quality_indices
        )
        lines.append(f"| {name} | {data} | {changes} |")
    return lines


def _pair_lines(comparisons: list[dict]) -> list[str]:
    if not comparisons:
        return []
    lines = [
        "",
        "| pair | bpp of both | accuracy of both | difference (95 % interval) | only one is right | "
        "McNemar's p |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for each in comparisons:
        difference = {"points": each["difference"], "low": each["low"], "high": each["high"]}
        lines.append(
            f"| {each['first']} and {each['second']} | {each['first_bpp']:.4f}, "
            f"{each['second_bpp']:.4f} | {percent(each['first_accuracy'], 2)}, "
            f"{percent(each['second_accuracy'], 2)} | {_points(difference)} | {each['only_first']}, "
            f"{each['only_second']} | {each['p_value']:.2g} |"
        )
    return lines


def _stranger_lines(strangers: list[dict]) -> list[str]:
    if not strangers:
        return []
    lines = [
        "",
        "| against the baseline, both read by one classifier | read by | rate at equal accuracy | "
        "accuracy at equal rate | overlap | faces |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for each in strangers:
        rate, points = (
            f"{_number(each[name], 1)} {unit} ({_number(each[low], 1)} to {_number(each[high], 1)})"
            for name, unit, low, high in (
                ("bd_rate", "%", "low", "high"),
                ("points", "points", "points_low", "points_high"),
            )
        )
        name = _name({**each, "chosen": False, "classifier": "base"})
        reader = each["classifier"] or "its own classifier"
        lines.append(
            f"| {name} | {reader} | {rate} | {points} | {percent(each['overlap'], 0)} | {each['faces']} |"
        )
    return lines


def _limit_lines(limits: dict | None) -> list[str]:
    if limits is None:
        return []
    return [
        "",
        f"The class that the base classifier reads on {limits['faces']} originals holds "
        f"{limits['label_bits']:.3f} bits; {limits['agreement_bits']:.3f} let a receiver name it in "
        ""
        ""
        f"{percent(limits['agreement'], 0)} of the cases, and {limits['accuracy_bits']:.3f} let it be "
        "right as "
        ""
        f"often as {percent(limits['agreement'], 0)} of the classifier's "
        f"{percent(limits['accuracy'], 2)} (rate-distortion "
        "functions, Blahut and Arimoto; `python -m core.evaluation label`).",
    ]


def _classifiers(faces: pd.DataFrame) -> list[dict]:
    originals = faces[faces["method"] == "original"]
    accuracies = []
    for classifier, part in originals.groupby("classifier", observed=True):
        hits = correct(part).dropna()
        share = wilson(hits.to_numpy() == 1)
        accuracies.append(
            {
                "classifier": str(classifier),
                "accuracy": share.value,
                "low": share.low,
                "high": share.high,
                "faces": share.n,
            }
        )
    return accuracies


def _name(each: dict) -> str:
    gamma = "" if each["gamma"] is None else f" γ={each['gamma']:g}"
    seed = f" seed {each['seed']}" if each.get("seed") else ""
    tuned = each["method"] in CLASSICAL and each["classifier"] != "base"
    classifier = f" read by {each['classifier']}" if tuned else ""
    return f"{each['method']}{gamma}{seed}{classifier}{' (chosen)' if each['chosen'] else ''}"


def _points(gain: dict | None) -> str:
    if gain is None:
        return "-"
    return f"{signed(gain['points'], 2)} points ({signed(gain['low'], 2)} to {signed(gain['high'], 2)})"


def _number(value: float | None, digits: int = 1) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
