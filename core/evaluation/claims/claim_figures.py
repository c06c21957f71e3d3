"""Our figures for the claims, each computed from the rows of all tables (``read_results``).

A function that measures raises InputError where the rows do not hold what it needs.
"""

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from core import checkpoints
from core.errors import InputError
from core.evaluation.claims.claim import Measured, Source
from core.evaluation.measuring.table import correct
from core.evaluation.results.bjontegaard import delta
from core.evaluation.results.comparison import compare, curves_of, is_chosen
from core.evaluation.results.curves import paired_curves, points, resampling_weights, select
from core.evaluation.results.equal_accuracy import fewest_bytes
from core.evaluation.results.equal_rate import pairs
from core.intervals import wilson
from core.methods import FILMS

_RESAMPLES = 400
_STILLS = ("jpeg", "webp", "avif")


def rate_against(reference: str, data: str) -> Callable[[pd.DataFrame], Measured]:
    """BD-rate of PSNR of the baseline codec against a classical one on test pictures, percent."""

    def measure(rows: pd.DataFrame) -> Measured:
        part = rows[
            (rows["data"] == data)
            & (rows["split"] == "test")
            & rows["method"].isin([reference, "baseline"])
        ]
        made = compare(
            part, reference, "baseline", quality="psnr", data=data, resamples=_RESAMPLES
        )[0]
        value, low, high = (_number(made[name]) for name in ("bd_rate", "low", "high"))
        shown = points(part, "psnr", resamples=1).drop(columns=["low", "high"])
        first, last = (_number(end) for end in made["rate_range"])
        shared = f"Over {first:.2f} to {last:.2f} bit/pixel. " if first < last else ""
        return Measured(value, low, high, shown, f"{shared}{made['warning']}".strip())

    return measure


def sample_drift() -> Path:
    """Where the drift of the sample clip lies, as ``python -m core.bridge drift`` wrote it."""
    return checkpoints.folder() / "gallery" / "drift.json"


def units_against_stills(_: pd.DataFrame) -> Measured:
    """Bits that keep the action units of the sample clip, baseline against the best still, percent.

    From the headline of :func:`sample_drift`.  Below 0: the baseline needs fewer.
    """
    path = sample_drift()
    try:
        document = json.loads(path.read_text())
        found = pd.DataFrame(document["headline"])
        bits = found.set_index("name")["bits_per_face"].astype(float)
        stills, films = bits[list(_STILLS)], bits.reindex(FILMS).dropna()
        source = Source(
            f"{path.parent.name}/{path.name}", document["version"], None, document["command"],
            {each["file"]: each["sha256"][:12] for each in document["clips"]}, document["weights"],
        )  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(
            f"{path.name} is missing or damaged: write it with python -m core.bridge drift."
        ) from None
    if stills.isna().all() or math.isnan(bits["baseline"]):
        raise InputError("No rate of the baseline, or of no still, keeps the units.")
    best = str(stills.idxmin())
    note = f"{bits['baseline']:,.0f} bits a face against {bits[best]:,.0f} as {best.upper()}"
    if len(films):
        note += f"; as a film {films.min():,.0f} ({str(films.idxmin()).upper()})"
    value = 100 * (bits["baseline"] / bits[best] - 1)
    return Measured(float(value), math.nan, math.nan, found, f"{note}.", (source,))


def bytes_that_keep(share: float, method: str) -> Callable[[pd.DataFrame], Measured]:
    """Fewest mean file bytes a face that keep a share of the base classifier's accuracy."""

    def measure(rows: pd.DataFrame) -> Measured:
        part, _, curve = _test_curves(rows, method)
        test = _faces(rows, "test")
        held = pd.concat([curve, test[test["method"] == "original"]])
        found = [
            each for each in fewest_bytes(held, resamples=_RESAMPLES) if each["method"] == method
        ]
        if not found:
            raise InputError("The table holds no originals read by the base classifier.")
        name = f"{share:.0%}"
        if found[0]["bytes"][name] is None:
            raise InputError(f"No measured rate of {method} keeps {name} of the accuracy.")
        ends = (found[0][end][name] for end in ("low", "high"))
        return Measured(float(found[0]["bytes"][name]), *map(_number, ends), _curve_points(part))

    return measure


def codecs_share(rows: pd.DataFrame) -> Measured:
    """Accuracy of joint minus control at equal bytes, at the lowest rate where they are, points."""
    found = pairs(rows, "joint", "control", resamples=_RESAMPLES)
    one = min(found, key=lambda each: each["first_bpp"])
    note = (
        f"At {one['first_bpp']:.3f} bit/pixel, the lowest of {len(found)} equal rates; McNemar's "
        f"exact p = {one['p_value']:.2g} over {one['images']:,} faces."
    )
    value, low, high = (float(one[name]) for name in ("difference", "low", "high"))
    return Measured(value, low, high, pd.DataFrame(found), note)


def rate_against_baseline(method: str) -> Callable[[pd.DataFrame], Measured]:
    """BD-rate of accuracy against the baseline, percent."""

    def measure(rows: pd.DataFrame) -> Measured:
        part, _, _ = _test_curves(rows, method)
        (made,) = compare(part, "baseline", method, resamples=_RESAMPLES)
        value, low, high = (_number(made[name]) for name in ("bd_rate", "low", "high"))
        note = _notes(part, made, method)
        if method == "joint":
            note = f"{note} {_alone(rows, 'bd_rate', '%')}".strip()
        return Measured(value, low, high, _curve_points(part), note)

    return measure


def accuracy_against_baseline(method: str) -> Callable[[pd.DataFrame], Measured]:
    """Mean difference of accuracy at equal rate against the baseline, points."""

    def measure(rows: pd.DataFrame) -> Measured:
        part, reference, curve = _test_curves(rows, method)
        first, second = paired_curves(reference, curve)
        found = delta(first.means(), second.means())
        weights = resampling_weights(len(first.counts), _RESAMPLES)
        ends = zip(*(np.stack(c.means(weights), 1) for c in (first, second)), strict=True)
        qualities = np.array([delta(a, b).quality for a, b in ends])
        qualities = qualities[np.isfinite(qualities)]
        low = high = math.nan
        if 2 * len(qualities) >= _RESAMPLES:
            low, high = (float(end) for end in 100 * np.percentile(qualities, (2.5, 97.5)))
        note = f"Mean over {found.rate_range[0]:.3f} to {found.rate_range[1]:.3f} bit/pixel."
        if method == "joint":
            note = f"{note} {_alone(rows, 'bd_quality', 'points')}".strip()
        return Measured(100 * found.quality, low, high, _curve_points(part), note)

    return measure


def reader_on_originals(rows: pd.DataFrame) -> Measured:
    """Accuracy of the joint classifier minus that of the base one, on uncompressed faces, points."""
    test = _faces(rows, "test")
    _, _, curve = _test_curves(rows, "joint")
    reader = str(curve["classifier"].iloc[0])
    base, joint = (
        select(test[test["method"] == "original"], classifier=name) for name in ("base", reader)
    )
    if base.empty or joint.empty:
        raise InputError("The table holds no originals read by both classifiers.")
    return _paired_difference(base, joint, f"Read by {reader} and by base.")


def coded_against_original(rows: pd.DataFrame) -> Measured:
    """Accuracy of coded faces minus that of originals, same classifier, at a low rate, points."""
    _, _, curve = _test_curves(rows, "joint")
    reader, gamma = str(curve["classifier"].iloc[0]), curve["gamma"].iloc[0]
    val = select(
        _faces(rows, "val").query("method == 'joint'"), classifier=reader, gamma=gamma,
        seed=curve["seed"].iloc[0],
    )  # fmt: skip
    original = select(_faces(rows, "test").query("method == 'original'"), classifier=reader)
    if val.empty or original.empty:
        raise InputError("The table holds no validation rows, or no originals of this classifier.")
    means = (
        val.assign(hit=correct(val))
        .groupby("quality_index")[["bpp", "hit"]]
        .mean()
        .sort_values("bpp")
    )
    lower = means.iloc[: max(1, len(means) // 2)]
    quality_index = float(lower["hit"].idxmax())
    note = (
        f"At stop {quality_index:g} ({lower.loc[quality_index, 'bpp']:.3f} bit/pixel), the best of "
        "the lower half of the rates on validation."
    )
    return _paired_difference(original, curve[curve["quality_index"] == quality_index], note)


def classifier_accuracy(rows: pd.DataFrame) -> Measured:
    """Accuracy of the base classifier on the test originals, percent."""
    test = _faces(rows, "test")
    part = select(test[test["method"] == "original"], classifier="base")
    if part.empty:
        raise InputError("The table holds no test originals read by the base classifier.")
    share = wilson(correct(part).to_numpy() == 1)
    by_class = (
        part.assign(correct=correct(part)).groupby("label", observed=True)["correct"]
        .agg(["mean", "count"]).reset_index()
    )  # fmt: skip
    return Measured(100 * share.value, 100 * share.low, 100 * share.high, by_class)


def _faces(rows: pd.DataFrame, split: str) -> pd.DataFrame:
    return rows[(rows["data"] == "fer2013") & (rows["split"] == split)]


def _test_curves(
    rows: pd.DataFrame, method: str
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Rows of the baseline and of the one curve that stands for ``method``: together, and apart.

    That is the gamma that validation chose; without a choice, the only one.
    """
    faces = rows[(rows["data"] == "fer2013") & rows["method"].isin(["baseline", method])]
    test = faces[faces["split"] == "test"]
    apart = []
    for name in ("baseline", method):
        found = list(curves_of(test, name))
        kept = [each for each in found if is_chosen(each[0])] or found
        if not kept:
            raise InputError(f"The table holds no test rows of {name} on FER2013.")
        if len(kept) > 1 and name == "baseline":
            kept = [each for each in kept if each[0]["classifier"] == "base"] or kept
        seeds = [each[0]["seed"] if not pd.isna(each[0]["seed"]) else 0 for each in kept]
        kept = [each for each, seed in zip(kept, seeds, strict=True) if seed == min(seeds)]
        if len(kept) > 1:
            raise InputError(
                f"{name} was measured with {len(kept)} gammas and none is marked as chosen on "
                "validation (python -m core.evaluation choose)."
            )
        apart.append(kept[0])
    whole = pd.concat([select(faces, **key) for key, _ in apart])
    return whole, apart[0][1], apart[1][1]


def _curve_points(part: pd.DataFrame) -> pd.DataFrame:
    return points(part[part["split"] == "test"], "accuracy", resamples=1).drop(
        columns=["low", "high"]
    )


def _notes(part: pd.DataFrame, made: dict, method: str) -> str:
    gamma = part.loc[part["method"] == method, "gamma"].iloc[0]
    named = "" if pd.isna(gamma) else f"γ = {gamma:g}. "
    return f"{named}{made['warning']}".strip()


def _alone(rows: pd.DataFrame, figure: str, unit: str) -> str:
    """What the control reaches against the baseline: the classifier's part of the gain."""
    try:
        part, _, _ = _test_curves(rows, "control")
        (made,) = compare(part, "baseline", "control", resamples=1)
    except InputError:
        return ""
    if made[figure] is None:
        return ""
    return (
        f"The control, whose codec is the baseline's and whose classifier alone was tuned, reaches "
        f"{made[figure]:+.1f} {unit} by itself."
    )


def _paired_difference(first: pd.DataFrame, second: pd.DataFrame, note: str) -> Measured:
    """Accuracy of the second minus the first on the faces that both hold, points."""
    hits = [part.assign(hit=correct(part)).set_index("image")["hit"] for part in (first, second)]
    both = pd.concat(hits, axis=1, join="inner", keys=["first", "second"]).dropna()
    if len(both) < 2:
        raise InputError("The two share no labelled face.")
    differences = 100 * (both["second"] - both["first"])
    reach = 1.959964 * float(differences.std()) / math.sqrt(len(both))
    value = float(differences.mean())
    counts = pd.crosstab(both["first"] == 1, both["second"] == 1)
    counts = counts.rename_axis(index="first right", columns="second right").reset_index()
    note = f"{note} Paired over {len(both):,} faces."
    return Measured(value, value - reach, value + reach, counts.rename(columns=str), note)


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)
