"""Quality indices at which all learned codecs spend equally much: more rows, for fair pairs.

The operating points of a table are far apart in rate, and two codecs spend differently at one quality
index.  One index of 255 is a step of one or two percent in rate, so there is nearly always an index
of each codec within one percent of a common rate.
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
from core.evaluation.measuring.cases import Case
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
from core.progress import Progress

RATES = (0.075, 0.1, 0.15, 0.25)
"""Bits per pixel of the file at which methods are paired: 38 to 128 bytes for a face."""

TOLERANCE = 0.01
"""Largest difference of two mean rates that are called equal."""

_WINDOW = 6  # indices on either side of where the curve says that the rate is
_SAMPLE = 512  # pictures that are coded at every index of the window


def match(
    cases: Sequence[Case],
    pictures: Pictures,
    rates: Sequence[float] = RATES,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    device: str = "cpu",
    folder: Path | None = None,
    command: str = "",
    progress: Progress | None = None,
) -> list[Path]:
    """Add rows of ``cases`` at quality indices where their mean payloads agree; return the tables.

    The rows of every case on ``pictures`` (one labelled split) must be in the table already: they
    say where to look.  Earlier matched points of a case are replaced once the new ones are
    measured, never before.  A rate that some case does not reach is left out, and said on stderr.
    Raises InputError where rows are missing or no rate is reached by all.
    """
    folder = folder or results_folder()
    known = read_results(folder, without=[f"{case.name}{MATCHED}" for case in cases])
    curves = {case: _curve(known, case, pictures) for case in cases}
    quality_indices: dict[Case, set[int]] = {case: set() for case in cases}
    for rate in rates:
        for case, quality_index in _common_indices(curves, pictures, rate).items():
            quality_indices[case].add(quality_index)
    if not any(quality_indices.values()):
        spans = [(curve["file"].min(), curve["file"].max()) for curve in curves.values()]
        low, high = max(span[0] for span in spans), min(span[1] for span in spans)
        raise InputError(
            f"None of these rates is reached by all: ask for {low:.4g} to {high:.4g} bits per pixel."
        )
    written = []
    for case in cases:
        new = sorted(quality_indices[case] - set(curves[case].index.astype(int)))
        if not new:
            forget_matched(folder, case.name)
            continue
        rows = measure_all(
            case, pictures, new,
            workers=workers, scheduler=scheduler, device=device, progress=progress,
        )  # fmt: skip
        provenance = Provenance(
            version=measuring_code(),
            seed=ORDER_SEED,
            data={f"{pictures.data}/{pictures.split}": pictures.fingerprint},
            checkpoints=case.fingerprints,
            command=command,
            shipped=bool(_rows_of(known, case, pictures)["shipped"].all()),
            notes={"matched_at_bpp": list(rates)},
        )
        written.append(write_results(rows, f"{case.name}{MATCHED}", provenance, folder))
    return written


def common_indices(candidates: Sequence[dict[int, float]], rate: float) -> list[int]:
    """One quality index of every codec, their mean rates as alike as possible and near ``rate``.

    ``candidates``: quality index -> mean rate, of each codec.  The first codec's is the anchor; of
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
    curves: dict[Case, pd.DataFrame], pictures: Pictures, rate: float
) -> dict[Case, int]:
    by_codec = {case.codec: curve for case, curve in curves.items()}
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
        # What the sample costs less or more than all pictures is known at the table's points.
        share = np.interp(near, quality_indices, curve["payload"] / curve["payload_of_sample"])
        rates = _mean_payload(id, sample, near) * share
        candidates.append(dict(zip(near, rates.tolist(), strict=True)))
        print(f"rates of {id} around {rate:g} bpp are known", file=sys.stderr)
    # Files carry headers of one size, so equal payloads are equal files.
    header = float((curve["file"] - curve["payload"]).iloc[0])
    indices = dict(zip(by_codec, common_indices(candidates, rate - header), strict=True))
    return {case: indices[case.codec] for case in curves}


def _rows_of(rows: pd.DataFrame, case: Case, pictures: Pictures) -> pd.DataFrame:
    return select(
        rows,
        data=pictures.data, split=pictures.split, method=case.method,
        classifier=case.classifier, gamma=case.gamma, seed=case.seed,
    )  # fmt: skip


def _curve(rows: pd.DataFrame, case: Case, pictures: Pictures) -> pd.DataFrame:
    """Mean file and payload bits per pixel by quality index, rising."""
    measured = _rows_of(rows, case, pictures)
    if measured.empty or set(measured["image"].astype(str)) != set(pictures.names):
        raise InputError(
            f"The table lacks rows of {case.name} on these {len(pictures)} pictures: write them "
            f"first (python -m core.evaluation run --methods {case.name})."
        )
    sampled = measured[measured["image"].isin(pictures.names[:_SAMPLE])]
    parts = {"file": (measured, "file"), "payload": (measured, "payload")}
    parts["payload_of_sample"] = (sampled, "payload")
    curve = {
        name: bits_per_pixel(rows, rate).groupby(rows["quality_index"]).mean()
        for name, (rows, rate) in parts.items()
    }
    return pd.DataFrame(curve).sort_index()
