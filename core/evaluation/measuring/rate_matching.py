"""Stops at which all learned codecs spend equally much: more rows, for fair pairs.

The sixteen stops of a table are far apart in rate, and two codecs spend differently at one stop.
One stop of 255 is a step of one or two percent in rate, so there is nearly always a stop of each
codec within one percent of a common rate.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from core.codec.loading import load_codec
from core.codec.quality import LAST_QUALITY_INDEX
from core.data.faces import as_tensor
from core.errors import InputError
from core.evaluation.measuring.cases import Subject
from core.evaluation.measuring.coding import by_size, stacked
from core.evaluation.measuring.pictures import ORDER_SEED, Pictures
from core.evaluation.measuring.run import measure_all, measuring_code
from core.evaluation.measuring.table import (
    MATCHED,
    Provenance,
    forget_matched,
    read_results,
    results_folder,
    write_results,
)
from core.evaluation.results.curves import bits_per_pixel, select

RATES = (0.075, 0.1, 0.15, 0.25)
"""Bits per pixel of the file at which methods are paired: 38 to 128 bytes for a face."""

TOLERANCE = 0.01
"""Largest difference of two mean rates that are called equal."""

_WINDOW = 6  # stops on either side of where the curve says that the rate is
_SAMPLE = 512  # pictures that are coded at every stop of the window


def match(
    subjects: Sequence[Subject],
    pictures: Pictures,
    rates: Sequence[float] = RATES,
    *,
    workers: int | None = None,
    device: str = "cpu",
    folder: Path | None = None,
    command: str = "",
) -> list[Path]:
    """Add rows of ``subjects`` at stops where their mean payloads agree; return the tables.

    The rows of every subject on ``pictures`` (one labelled split) must be in the table already:
    they say where to look.  A rate that some subject does not reach is left out, and said on stderr.
    Raises InputError where rows are missing.
    """
    folder = folder or results_folder()
    for subject in subjects:
        forget_matched(folder, subject.name)
    known = read_results(folder)
    curves = {subject: _curve(known, subject, pictures) for subject in subjects}
    quality_indices: dict[Subject, set[int]] = {subject: set() for subject in subjects}
    for rate in rates:
        chosen = _common_indices(curves, pictures, rate)
        for subject, quality_index in chosen.items():
            quality_indices[subject].add(quality_index)
    written = []
    for subject in subjects:
        new = sorted(quality_indices[subject] - set(curves[subject].index.astype(int)))
        if not new:
            continue
        rows = measure_all(subject, pictures, new, workers=workers, device=device)
        provenance = Provenance(
            version=measuring_code(),
            seed=ORDER_SEED,
            data={f"{pictures.data}/{pictures.split}": pictures.fingerprint},
            checkpoints=subject.fingerprints,
            command=command,
            shipped=bool(_rows_of(known, subject, pictures)["shipped"].all()),
            notes={"matched_at_bpp": list(rates)},
        )
        written.append(write_results(rows, f"{subject.name}{MATCHED}", provenance, folder))
        print(f"wrote {written[-1]}: stops {new}", file=sys.stderr)
    return written


def common_indices(candidates: Sequence[dict[int, float]], rate: float) -> list[int]:
    """One stop of every codec, their mean rates as alike as possible and near ``rate``.

    ``candidates`` are stop -> mean rate of each codec.  The first codec's stop is the anchor; of
    all anchors whose worst partner is within a third of ``TOLERANCE`` (or the best, where none is)
    the one nearest to ``rate`` is taken.
    """
    anchor = candidates[0]
    choices = []
    for start, wanted in anchor.items():
        partners = [
            min(each, key=lambda s, e=each: abs(e[s] / wanted - 1)) for each in candidates[1:]
        ]
        worst = max(
            (abs(each[s] / wanted - 1) for each, s in zip(candidates[1:], partners, strict=True)),
            default=0.0,
        )
        choices.append((max(worst, TOLERANCE / 3), abs(np.log(wanted / rate)), [start, *partners]))
    return min(choices, key=lambda choice: choice[:2])[2]


def _mean_payload(id: str, pictures: Pictures, quality_indices: Sequence[int]) -> np.ndarray:
    """Mean bits per pixel (S,) of the payload of codec ``id`` at ``quality_indices``."""
    from core.codec.file_format import pack
    from core.codec.latents import analyse_batch, quantise

    codec, card = load_codec(id)
    total = np.zeros(len(quality_indices))
    for places in by_size(pictures.judged).values():
        analyses = analyse_batch(codec, as_tensor(stacked(pictures.judged, places)))
        for k, quality_index in enumerate(quality_indices):
            latents = quantise(codec, analyses, [quality_index] * len(analyses))
            total[k] += sum(pack(codec, card.fingerprint, each).payload_bytes for each in latents)
    return 8 * total / pictures.pixels


def _common_indices(
    curves: dict[Subject, pd.DataFrame], pictures: Pictures, rate: float
) -> dict[Subject, int]:
    by_codec = {subject.codec: curve for subject, curve in curves.items()}
    short = [
        id for id, curve in by_codec.items() if not curve["file"].min() < rate < curve["file"].max()
    ]
    if short:
        print(f"{rate:g} bpp is left out: {', '.join(short)} does not span it", file=sys.stderr)
        return {}
    sample = pictures.part(0, _SAMPLE)
    candidates = []
    for id, curve in by_codec.items():
        quality_indices = curve.index.to_numpy(float)
        middle = round(float(np.interp(np.log(rate), np.log(curve["file"]), quality_indices)))
        near = list(range(max(0, middle - _WINDOW), min(LAST_QUALITY_INDEX, middle + _WINDOW) + 1))
        # What the sample costs less or more than all pictures is known at the table's stops.
        share = np.interp(near, quality_indices, curve["payload"] / curve["payload_of_sample"])
        rates = _mean_payload(id, sample, near) * share
        candidates.append(dict(zip(near, rates.tolist(), strict=True)))
        print(f"rates of {id} around {rate:g} bpp are known", file=sys.stderr)
    # Files carry headers of one size, so equal payloads are equal files.
    header = float((curve["file"] - curve["payload"]).iloc[0])
    found = dict(zip(by_codec, common_indices(candidates, rate - header), strict=True))
    return {subject: found[subject.codec] for subject in curves}


def _rows_of(rows: pd.DataFrame, subject: Subject, pictures: Pictures) -> pd.DataFrame:
    return select(
        rows,
        data=pictures.data, split=pictures.split, method=subject.method,
        classifier=subject.classifier, gamma=subject.gamma, seed=subject.seed,
    )  # fmt: skip


def _curve(rows: pd.DataFrame, subject: Subject, pictures: Pictures) -> pd.DataFrame:
    """Mean file and payload bits per pixel by stop, rising."""
    found = _rows_of(rows, subject, pictures)
    if found.empty or set(found["image"].astype(str)) != set(pictures.names):
        raise InputError(
            f"The table lacks rows of {subject.name} on these {len(pictures)} pictures: write them "
            f"first (python -m core.evaluation run --methods {subject.name})."
        )
    sampled = found[found["image"].isin(pictures.names[:_SAMPLE])]
    parts = {"file": (found, "file"), "payload": (found, "payload")}
    parts["payload_of_sample"] = (sampled, "payload")
    curve = {
        name: bits_per_pixel(rows, rate).groupby(rows["quality_index"]).mean()
        for name, (rows, rate) in parts.items()
    }
    return pd.DataFrame(curve).sort_index()
