"""The claims of the two papers beside what our own tables say: theirs quoted, ours computed.

Ours are never typed in: without rows a claim is "not measured yet".  A verdict follows one rule.  With
a figure to compare with: *exceeded* if the whole interval is better, *reproduced* if it reaches the
figure, else *not reproduced*, however near.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from core.errors import InputError
from core.evaluation.bjontegaard import delta
from core.evaluation.comparison import compare, curves_of, is_chosen
from core.evaluation.curves import paired_curves, points, resampling_weights, select
from core.evaluation.intervals import wilson
from core.evaluation.table import correct, read_provenance, results_folder

REPRODUCED, EXCEEDED, NOT_REPRODUCED = "reproduced", "exceeded", "not reproduced"
NOT_TESTABLE, NOT_MEASURED = "not testable here", "not measured yet"

COMPRESSION = "arXiv 2509.17262"
DEPRESSION = "arXiv 2407.13753"
ELSEWHERE = "published elsewhere"
_ABSTRACT = "abstract"
_RESAMPLES = 400


@dataclass(frozen=True, slots=True)
class Measured:
    """What our tables say: ``value`` with its 95 % interval, in the claim's unit.

    ``rows``: what it was computed from.  ``note``: what a reader must know besides.
    """

    value: float
    low: float
    high: float
    rows: pd.DataFrame
    note: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that somebody else says.

    ``theirs``: the figure in words.  ``bounds``: the figure as a range, from which on and beyond which
    ours must be; ``sign`` is 1 where more is better.  ``measure``: computes ours from the rows of all
    tables, or raises InputError where they do not hold what is needed; None: ``why`` it cannot be
    tested.  ``strict``: a gain is claimed, so ours must be one beyond chance.  ``methods``: whose
    rows take part.  ``command``: prints our figure in a terminal.
    """

    id: str
    source: str
    where: str
    quote: str
    theirs: str
    unit: str = ""
    bounds: tuple[float, float] = (math.nan, math.nan)
    sign: int = 1
    measure: Callable[[pd.DataFrame], Measured] | None = None
    methods: tuple[str, ...] = ()
    command: str = ""
    why: str = ""
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """A claim with its verdict; ``measured`` is None where there is nothing of ours."""

    claim: Claim
    verdict: str
    why: str
    measured: Measured | None = None

    @property
    def ours(self) -> str:
        """Our figure as text; empty without one."""
        return "" if self.measured is None else _figure(self.measured.value, self.claim.unit)

    @property
    def interval(self) -> str:
        """Its 95 % interval as text."""
        if self.measured is None or not math.isfinite(self.measured.low):
            return ""
        ends = (self.measured.low, self.measured.high)
        return " to ".join(_figure(end, self.claim.unit) for end in ends)


@dataclass(frozen=True, slots=True)
class Source:
    """A table behind a figure: how it was made, with what."""

    table: str
    version: str
    seed: int
    command: str
    data: dict[str, str] = field(default_factory=dict)
    checkpoints: dict[str, str] = field(default_factory=dict)


def findings(rows: pd.DataFrame) -> list[Finding]:
    """Every claim with its verdict, from the rows of all tables (``read_results``)."""
    return [judge(claim, rows) for claim in CLAIMS]


def judge(claim: Claim, rows: pd.DataFrame) -> Finding:
    """One claim against the rows."""
    if claim.measure is None:
        return Finding(claim, NOT_TESTABLE, claim.why)
    try:
        measured = claim.measure(rows)
    except InputError as error:
        return Finding(claim, NOT_MEASURED, str(error))
    if not math.isfinite(measured.value):
        return Finding(claim, NOT_MEASURED, measured.note or "The figure does not exist here.")
    verdict = _verdict(claim, measured)
    told = {
        EXCEEDED: "The whole interval is better.",
        REPRODUCED: "The whole interval is a gain."
        if claim.strict
        else "The interval reaches the figure.",
        NOT_REPRODUCED: "The interval stays short of the figure"
        + (", in the same direction." if _same_way(claim, measured) else "."),
    }[verdict]
    why = " ".join(part for part in (told, measured.note, claim.why) if part)
    return Finding(claim, verdict, why, measured)


def sources(methods: Sequence[str], folder: Path | None = None) -> list[Source]:
    """The sidecars of the tables that hold rows of ``methods``."""
    found = []
    for path in sorted((folder or results_folder()).glob("*.parquet")):
        held = set(pq.read_table(path, columns=["method"])["method"].unique().to_pylist())
        if held & set(methods):
            made = read_provenance(path)
            found.append(
                Source(
                    path.name, made.version, made.seed, made.command, made.data, made.checkpoints
                )
            )
    return found


def _verdict(claim: Claim, measured: Measured) -> str:
    worst, best = claim.bounds
    ends = sorted(claim.sign * end for end in (measured.low, measured.high))
    if not all(map(math.isfinite, ends)):
        ends = [claim.sign * measured.value] * 2
    if claim.strict:
        return REPRODUCED if ends[0] > claim.sign * worst else NOT_REPRODUCED
    if ends[0] > claim.sign * best:
        return EXCEEDED
    return REPRODUCED if ends[1] >= claim.sign * worst else NOT_REPRODUCED


def _same_way(claim: Claim, measured: Measured) -> bool:
    return measured.value * claim.bounds[0] > 0


def _figure(value: float, unit: str) -> str:
    signed = unit in ("points", "% rate")
    text = f"{value:+.2f}" if signed else f"{value:.2f}"
    return f"{text} {unit.removesuffix(' rate')}".strip()


# -- what our tables say --------------------------------------------------------------------------


def _rate_against_baseline(method: str) -> Callable[[pd.DataFrame], Measured]:
    """BD-rate of accuracy against the baseline, percent."""

    def measure(rows: pd.DataFrame) -> Measured:
        part, _, _ = _test_curves(rows, method)
        (made,) = compare(part, "baseline", method, resamples=_RESAMPLES)
        value, low, high = (_number(made[name]) for name in ("bd_rate", "low", "high"))
        return Measured(value, low, high, _curve_points(part), _notes(part, made, method))

    return measure


def _accuracy_against_baseline(method: str) -> Callable[[pd.DataFrame], Measured]:
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
        return Measured(100 * found.quality, low, high, _curve_points(part), note)

    return measure


def _reader_on_originals(rows: pd.DataFrame) -> Measured:
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


def _coded_against_original(rows: pd.DataFrame) -> Measured:
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
    means = val.assign(hit=correct(val)).groupby("stop")[["bpp", "hit"]].mean().sort_values("bpp")
    lower = means.iloc[: max(1, len(means) // 2)]
    stop = float(lower["hit"].idxmax())
    note = (
        f"At stop {stop:g} ({lower.loc[stop, 'bpp']:.3f} bit/pixel), the best of the lower half of "
        "the rates on validation."
    )
    return _paired_difference(original, curve[curve["stop"] == stop], note)


def _classifier_accuracy(rows: pd.DataFrame) -> Measured:
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


# -- what they say --------------------------------------------------------------------------------

_OTHER_FACES = "They measured on AffectNet with 8 classes, we on FER2013 with 7."
_BD = "python -m core.evaluation bd --reference baseline --method {} --json"
_NO_RECORDINGS = "The recordings are not public."

CLAIMS: tuple[Claim, ...] = (
    Claim(
        "codec-accuracy", COMPRESSION, _ABSTRACT,
        "fine-tuning the compression model alone improves classification accuracy by 0.71%",
        "+0.71 points", "points", (0.71, 0.71), 1, _accuracy_against_baseline("codec"),
        ("baseline", "codec"), _BD.format("codec"), _OTHER_FACES,
    ),
    Claim(
        "codec-rate", COMPRESSION, _ABSTRACT,
        "… and compression efficiency by 49.32%",
        "−49.32 % rate at equal accuracy", "% rate", (-49.32, -49.32), -1,
        _rate_against_baseline("codec"), ("baseline", "codec"), _BD.format("codec"), _OTHER_FACES,
    ),
    Claim(
        "joint-accuracy", COMPRESSION, _ABSTRACT,
        "joint optimization achieves significant gains of 4.04% in accuracy",
        "+4.04 points", "points", (4.04, 4.04), 1, _accuracy_against_baseline("joint"),
        ("baseline", "joint"), _BD.format("joint"), _OTHER_FACES,
    ),
    Claim(
        "joint-rate", COMPRESSION, _ABSTRACT,
        "… and 89.12% in efficiency",
        "−89.12 % rate at equal accuracy", "% rate", (-89.12, -89.12), -1,
        _rate_against_baseline("joint"), ("baseline", "joint"), _BD.format("joint"), _OTHER_FACES,
    ),
    Claim(
        "joint-originals", COMPRESSION, _ABSTRACT,
        "the jointly optimized classification model maintains high accuracy on both compressed and "
        "uncompressed data",
        "no loss on uncompressed faces", "points", (0.0, 0.0), 1, _reader_on_originals,
        ("original", "joint"), "python -m core.evaluation summary",
        "Tested as: not worse than the classifier that only ever saw originals.",
    ),
    Claim(
        "joint-low-rate", COMPRESSION, "results",
        "At low rates the compressed picture is recognised slightly better than the original "
        "(in our words).",
        "a gain over the original", "points", (0.0, 0.0), 1, _coded_against_original,
        ("original", "joint"), "python -m core.evaluation summary",
        strict=True,
    ),
    Claim(
        "joint-details", COMPRESSION, _ABSTRACT,
        "the compression model reliably preserves image details, even at high compression rates",
        "no figure given",
        why="There is no figure to compare with. Curves shows PSNR and SSIM at every rate, Compress "
        "the faces themselves.",
    ),
    Claim(
        "groups", DEPRESSION, _ABSTRACT,
        "significant differences in the intensities of AUs associated with sadness and happiness "
        "between the groups",
        "p = 0.0 and p = 5.6e-295, over time points",
        why=f"{_NO_RECORDINGS} Those p-values count 3,000 time points as if each were a person; one "
        "value a person gives p = 0.25 for the same question. Cohort shows both on any cohort.",
    ),
    Claim(
        "clusters", DEPRESSION, "results",
        "Silhouette scores of the clusterings (in our words).",
        "happiness 0.48, sadness 0.69 (K-means)",
        why=f"{_NO_RECORDINGS} A silhouette says nothing of the groups either; Cohort puts the "
        "agreement with the labels beside it.",
    ),
    Claim(
        "rocket", DEPRESSION, "notebooks",
        "Accuracy of ROCKET with logistic regression (in our words).",
        "0.70",
        why=f"{_NO_RECORDINGS} 0.70 is 14 of 20 people, the best of 20 settings chosen on those same "
        "people. Cohort repeats that protocol beside ours, with true and with shuffled labels.",
    ),
    Claim(
        "classifier", ELSEWHERE, "ResNet-18 on FER2013, public repositories",
        "Accuracy on FER2013's private test faces (in our words).",
        "72.97 to 73.70 %", "%", (72.97, 73.70), 1, _classifier_accuracy, ("original",),
        "python -m core.evaluation summary",
    ),
)  # fmt: skip
"""The rows of the table of claims, in order."""
