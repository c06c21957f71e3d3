"""Our figures for the claims, each from the estimates that pages show (``core...results.estimates``).

A function that measures raises InputError where the tables do not hold what it needs.
"""

import math
from collections.abc import Callable
from dataclasses import asdict

import numpy as np
import pandas as pd

from core import formatting
from core.clip_documents import ClipDocument, read_shipped, sample_advice, sample_drift
from core.errors import InputError
from core.evaluation.claims.claim import Measured, Source
from core.evaluation.measuring.table import CURVE, correct
from core.evaluation.results.comparison import Comparison, only_curve
from core.evaluation.results.curves import resampling_weights, select
from core.evaluation.results.equal_accuracy import EqualAccuracy
from core.evaluation.results.estimates import Estimates
from core.evaluation.results.gain_split import STEPS
from core.formatting import percent
from core.intervals import Interval, wilson
from core.methods import FILMS, name_of

Measure = Callable[[Estimates], Measured]

_STILLS = ("jpeg", "webp", "avif")


def rate_against(reference: str, data: str) -> Measure:
    """BD-rate of PSNR of the baseline codec against a classical one on test pictures, percent."""

    def measure(estimates: Estimates) -> Measured:
        comparison = estimates.comparisons(reference, "baseline", data=data, quality="psnr")[0]
        shown = estimates.points(data, "psnr")
        shown = shown[shown["method"].isin([reference, "baseline"])]
        first, last = (_number(end) for end in comparison.rate_range)
        shared = f"Over {first:.2f} to {last:.2f} bit/pixel. " if first < last else ""
        note = f"{shared}{comparison.warning}".strip()
        return Measured(_rate(comparison), shown, note)

    return measure


def units_against_stills(_: Estimates) -> Measured:
    """Bits that keep the action units of the sample clip, baseline against the best still, percent.

    From the headline of its drift.  Below 0: the baseline needs fewer.
    """
    document = read_shipped(sample_drift())
    try:
        headline = pd.DataFrame(document.content["headline"])
        bits = headline.set_index("name")["bits_per_face"].astype(float)
        stills = bits[list(_STILLS)]
        films = bits[[name for name in FILMS if name in bits]].dropna()
    except (ValueError, KeyError, TypeError):
        raise InputError(
            f"{document.name} has no headline: write it with python -m core.bridge drift."
        ) from None
    if stills.isna().all() or math.isnan(bits["baseline"]):
        raise InputError("No rate of the baseline, or of no still, keeps the units.")
    best = str(stills.idxmin())
    note = f"{bits['baseline']:,.0f} bits a face against {bits[best]:,.0f} as {name_of(best)}"
    if len(films):
        note += f"; as a film {films.min():,.0f} ({name_of(str(films.idxmin()))})"
    value = 100 * (bits["baseline"] / bits[best] - 1)
    return Measured(Interval(float(value)), headline, f"{note}.", sources=(_source(document),))


def recording_size(_: Estimates) -> Measured:
    """Megabytes a minute of the cheapest whole recording of the sample clip that keeps its units."""
    document = read_shipped(sample_advice())
    try:
        settings = pd.DataFrame(document.content["settings"])
        best = document.content["advice"]
        sentence = str(document.content["sentence"])
    except (ValueError, KeyError):
        raise InputError(
            f"{document.name} holds no advice: write it with python -m core.bridge advise."
        ) from None
    if best is None:
        raise InputError(sentence)
    value = float(best["megabytes_a_minute"])
    return Measured(Interval(value), settings, sentence, sources=(_source(document),))


def _source(document: ClipDocument) -> Source:
    clips = {file: sha256[:12] for file, sha256 in document.clips.items()}
    return Source(document.name, document.version, None, document.command, clips, document.weights)


def bytes_that_keep(share: float, method: str, rate: str = "shared") -> Measure:
    """Fewest mean bytes a face, 64 in a file, that keep a share of the base classifier's accuracy."""

    def measure(estimates: Estimates) -> Measured:
        key = _key(estimates, method)
        every = [each for each in estimates.fewest_bytes(rate) if _is(each, key)]
        if not every:
            raise InputError("The table holds no originals read by the base classifier.")
        name = percent(share, 0)
        if every[0].bytes[name] is None:
            raise InputError(f"No measured rate of {method} keeps {name} of the accuracy.")
        ends = (_number(getattr(every[0], end)[name]) for end in ("low", "high"))
        figure = Interval(float(every[0].bytes[name]), *ends)
        return Measured(figure, _curve_points(estimates, key))

    return measure


def codecs_share(estimates: Estimates) -> Measured:
    """Accuracy of joint minus control at equal bytes, at the lowest rate where they are, points."""
    comparisons = estimates.equal_rate("joint", "control")
    lowest = min(comparisons, key=lambda each: each.first_bpp)
    note = (
        f"At {lowest.first_bpp:.3f} bit/pixel, the lowest of {len(comparisons)} equal rates; McNemar's "
        f"exact test {formatting.p_value(lowest.p_value)} over {lowest.images:,} faces."
    )
    ends = (float(getattr(lowest, name)) for name in ("difference", "low", "high"))
    return Measured(Interval(*ends, n=lowest.images), pd.DataFrame(map(asdict, comparisons)), note)


def rate_against_baseline(method: str) -> Measure:
    """BD-rate of accuracy against the baseline, percent."""
    return _against_baseline(method, _rate, "%")


def accuracy_against_baseline(method: str) -> Measure:
    """Mean difference of accuracy at equal rate against the baseline, points."""
    return _against_baseline(method, _points, "points")


def _against_baseline(method: str, figure: Callable[[Comparison], Interval], unit: str) -> Measure:
    def measure(estimates: Estimates) -> Measured:
        key = _key(estimates, method)
        _key(estimates, "baseline")
        comparison = next(
            each for each in estimates.comparisons("baseline", method) if _is(each, key)
        )
        gamma = "" if pd.isna(key["gamma"]) else f"γ = {formatting.weight(key['gamma'])}. "
        ends = [_number(end) for end in comparison.rate_range]
        over = f"Mean over {ends[0]:.3f} to {ends[1]:.3f} bit/pixel. " if unit == "points" else ""
        note = f"{gamma}{over}{comparison.warning}".strip()
        shown = _curve_points(estimates, key, _key(estimates, "baseline"))
        control, control_note = _alone(estimates, figure, unit) if method == "joint" else (None, "")
        return Measured(figure(comparison), shown, note, control, control_note)

    return measure


def whole_way(estimates: Estimates) -> Measured:
    """Rate of joint training at equal accuracy against a codec that never saw a face, percent."""
    split = estimates.split()
    if split.steps[0].start != "generic":
        raise InputError(
            "It takes a codec that never saw a face (method generic), which is not measured yet. "
            + _shares(split)
        )
    rows = pd.DataFrame(
        {
            "from": [step.start for step in split.steps],
            "to": [step.end for step in split.steps],
            "what changed": [step.what for step in split.steps],
            "rate": [step.rate.value for step in split.steps],
            "share": [step.share.value for step in split.steps],
            "share low": [step.share.low for step in split.steps],
            "share high": [step.share.high for step in split.steps],
            "points": [step.points.value for step in split.steps],
        }
    )
    return Measured(split.rate, rows, f"{_shares(split)} Over {split.images:,} faces.")


def _shares(split) -> str:
    parts = [
        f"{formatting.signed(step.share.value, 0)}% ({formatting.signed(step.share.low, 0)} to "
        f"{formatting.signed(step.share.high, 0)}) {STEPS[step.end]}"
        for step in split.steps
    ]
    start = name_of(split.steps[0].start).lower()
    return f"Of the way from {start} to training both: {formatting.listed(parts)}."


def classifier_on_originals(estimates: Estimates) -> Measured:
    """Accuracy of the joint classifier minus that of the base one, on uncompressed faces, points."""
    classifier = _key(estimates, "joint")["classifier"]
    base, joint = (_originals(estimates, name) for name in ("base", classifier))
    return _paired_difference(base, joint, f"Read by {classifier} and by base.")


def coded_against_original(estimates: Estimates) -> Measured:
    """Accuracy of coded faces minus that of originals, same classifier, at a low rate, points."""
    key = _key(estimates, "joint")
    rows = estimates.rows[estimates.rows["data"] == "fer2013"]
    curve = select(rows[rows["split"] == "test"], **key)
    val = select(rows[rows["split"] == "val"], **key)
    if val.empty:
        raise InputError("The table holds no validation rows of joint.")
    means = val.assign(hit=correct(val)).groupby("quality_index")[["bpp", "hit"]].mean()
    means = means.sort_values("bpp")
    lower = means.iloc[: max(1, len(means) // 2)]
    quality_index = float(lower["hit"].idxmax())
    note = (
        f"At quality index {quality_index:g} ({lower.loc[quality_index, 'bpp']:.3f} bit/pixel), the "
        "best of the lower half of the rates on validation."
    )
    coded = curve[curve["quality_index"] == quality_index]
    return _paired_difference(_originals(estimates, key["classifier"]), coded, note)


def classifier_accuracy(estimates: Estimates) -> Measured:
    """Accuracy of the base classifier on the test originals, percent."""
    part = _originals(estimates, "base")
    share = wilson(correct(part).to_numpy() == 1)
    hits = part.assign(correct=correct(part)).groupby("label", observed=True)["correct"]
    return Measured(share.scaled(100), hits.agg(["mean", "count"]).reset_index())


def _key(estimates: Estimates, method: str) -> dict:
    """What names the one curve that stands for ``method``: the gamma that validation chose."""
    rows = estimates.rows
    test = rows[(rows["data"] == "fer2013") & (rows["split"] == "test")]
    return only_curve(test, method)[0]


def _is(estimate: Comparison | EqualAccuracy, key: dict) -> bool:
    """Whether an estimate is that of a curve."""
    named = {name: getattr(estimate, name) for name in CURVE}
    return all(
        named[name] == key[name] or (pd.isna(named[name]) and pd.isna(key[name])) for name in CURVE
    )


def _originals(estimates: Estimates, classifier: str) -> pd.DataFrame:
    rows = estimates.shown("fer2013")
    part = select(rows[rows["method"] == "original"], classifier=classifier)
    if part.empty:
        raise InputError(f"The table holds no test originals read by {classifier}.")
    return part


def _curve_points(estimates: Estimates, *keys: dict) -> pd.DataFrame:
    points = estimates.points("fer2013", "accuracy")
    return pd.concat([select(points, **key) for key in keys])


def _alone(
    estimates: Estimates, figure: Callable[[Comparison], Interval], unit: str
) -> tuple[Interval | None, str]:
    """What the control reaches against the baseline: the classifier's part of the gain."""
    try:
        key = _key(estimates, "control")
        every = estimates.comparisons("baseline", "control")
    except InputError:
        return None, ""
    reached = figure(next(each for each in every if _is(each, key)))
    if not math.isfinite(reached.value):
        return None, ""
    change = formatting.signed(reached.value, 1, "" if unit == "%" else unit) + unit * (unit == "%")
    return reached, (
        "The control, whose codec is the baseline's and whose classifier alone was tuned, reaches "
        f"{change} by itself."
    )


def _paired_difference(first: pd.DataFrame, second: pd.DataFrame, note: str) -> Measured:
    """Accuracy of the second minus the first on the faces that both hold, points."""
    hits = [part.assign(hit=correct(part)).set_index("image")["hit"] for part in (first, second)]
    both = pd.concat(hits, axis=1, join="inner", keys=["first", "second"]).dropna()
    if len(both) < 2:
        raise InputError("The two share no labelled face.")
    differences = 100 * (both["second"] - both["first"]).to_numpy()
    drawn = resampling_weights(len(both)) @ differences / len(both)
    low, high = np.percentile(drawn, (2.5, 97.5))
    counts = pd.crosstab(both["first"] == 1, both["second"] == 1)
    counts = counts.rename_axis(index="first right", columns="second right").reset_index()
    note = f"{note} Paired over {len(both):,} faces."
    figure = Interval(float(differences.mean()), float(low), float(high), len(both))
    return Measured(figure, counts.rename(columns=str), note)


def _rate(comparison: Comparison) -> Interval:
    ends = (_number(getattr(comparison, name)) for name in ("bd_rate", "low", "high"))
    return Interval(*ends, n=comparison.images)


def _points(comparison: Comparison) -> Interval:
    ends = (
        _number(getattr(comparison, name)) for name in ("bd_quality", "quality_low", "quality_high")
    )
    return Interval(*ends, n=comparison.images)


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)
