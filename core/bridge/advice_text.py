"""An advice in words, as a table, as JSON and as one HTML page."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
from jinja2 import Environment, PackageLoader

from core import checkpoints
from core.bridge.advice import HOURS, Advice, Judgement, terabytes
from core.bridge.recording_study import RecordingStudy
from core.bridge.recordings import ENCODERS, Recording, ffmpeg_command
from core.bridge.store import digest
from core.face.series import weights_used
from core.methods import name_of
from core.provenance import code_version

SCHEMA = "expressrate/recording-advice/1"


def sentence(advice: Advice) -> str:
    """The finding in two sentences: what to store, what it costs, what is tightest."""
    best = advice.best
    if best is None:
        near = advice.nearest
        return (
            f"No setting that was tried keeps {_units(advice)}. The nearest is "
            f"{described(near.recording)}: {_tightest(near, advice)}."
        )
    before = advice.original_megabytes_a_minute
    return (
        f"Store them as {described(best.recording)}: {best.megabytes_a_minute:.2f} megabytes a minute, "
        f"{terabytes(best):.3g} terabytes for {HOURS:,} hours"
        + (f" (as they are: {before:.2f} a minute)" if np.isfinite(before) else "")
        + f". {_units(advice)} {_verb(advice, 'keep')} within the criteria; "
        f"tightest is {_tightest(best, advice)}."
    )


def described(recording: Recording) -> str:
    """``H.264, crf 35, 480 lines, each 2nd frame``."""
    words = [name_of(recording.method), f"{ENCODERS[recording.method].flag} {recording.quality}"]
    words.append("its own height" if recording.lines is None else f"{recording.lines} lines")
    words.append("every frame" if recording.every == 1 else f"one frame of {recording.every}")
    if recording.before is not None:
        words.append(f"from {described(recording.before)}")
    return ", ".join(words)


def described_row(row: Mapping) -> str:
    """:func:`described` of a row of :func:`table`, also as JSON gives it back."""
    lines = None if row["lines"] is None or np.isnan(row["lines"]) else int(row["lines"])
    return described(Recording(row["codec"], int(row["quality"]), lines, int(row["every"])))


def table(judged: Sequence[Judgement]) -> pd.DataFrame:
    """One row a setting that was judged, the cheapest of those that passed first.

    Columns ``codec, quality, lines`` (NaN: its own), ``every, megabytes_a_minute,
    terabytes, passed, least_r, largest_change, lost_share, unit, clip, reason, value, margin, ffmpeg``.
    """
    rows = [
        {
            "codec": each.recording.method,
            "quality": each.recording.quality,
            "lines": np.nan if each.recording.lines is None else each.recording.lines,
            "every": each.recording.every,
            "megabytes_a_minute": each.megabytes_a_minute,
            "terabytes": terabytes(each),
            "passed": each.passed,
            "least_r": each.least_r,
            "largest_change": each.largest_change,
            "lost_share": each.lost_share,
            "unit": each.unit,
            "clip": each.clip,
            "reason": each.reason,
            "value": each.value,
            "margin": each.margin,
            "ffmpeg": ffmpeg_command(each.recording),
        }
        for each in judged
    ]
    verdicts = pd.DataFrame(rows)
    order = verdicts["passed"].map({True: 0, False: 1})
    return verdicts.assign(order=order).sort_values(["order", "megabytes_a_minute"]).drop(
        columns="order"
    ).reset_index(drop=True)  # fmt: skip


def as_document(
    advice: Advice, clips: Sequence[Path], command: str, study: RecordingStudy | None = None
) -> dict:
    """Everything as JSON: criteria, settings, noise, advice, provenance (``docs/documents.md``)."""
    best = advice.best
    noise = advice.noise.reset_index(names="unit").to_dict("records")
    return {
        "schema": SCHEMA,
        "command": command,
        "version": code_version(),
        "clips": [{"file": path.name, "sha256": digest(path)} for path in clips],
        "weights": weights_used(emotions=False),
        "criteria": asdict(advice.criteria),
        "sentence": sentence(advice),
        "advice": None
        if best is None
        else {**_row(best), "ffmpeg": ffmpeg_command(best.recording)},
        "original_megabytes_a_minute": advice.original_megabytes_a_minute,
        "hours": HOURS,
        "settings": table(advice.judged).to_dict("records"),
        "noise": noise,
        "study": None
        if study is None
        else {"sentence": study.sentence, "units": study.table.to_dict("records")},
    }


def as_html(
    advice: Advice, clips: Sequence[Path], command: str, study: RecordingStudy | None = None
) -> str:
    """One self-contained page."""
    page = Environment(loader=PackageLoader("core.bridge"), autoescape=True)
    best = advice.best
    return page.get_template("advice.html").render(
        sentence=sentence(advice),
        command=command,
        version=code_version(),
        ffmpeg=None if best is None else ffmpeg_command(best.recording),
        criteria=advice.criteria,
        rows=table(advice.judged).to_dict("records"),
        noise=advice.noise.loc[list(advice.criteria.units)]
        .reset_index(names="unit")
        .to_dict("records"),
        clips=[path.name for path in clips],
        hours=HOURS,
        study=None if study is None else study.sentence,
    )


def _row(judgement: Judgement) -> dict:
    return {**asdict(judgement), "terabytes": terabytes(judgement)}


def _units(advice: Advice) -> str:
    units = advice.criteria.units
    return ", ".join(units[:-1]) + f" and {units[-1]}" if len(units) > 1 else units[0]


def _verb(advice: Advice, verb: str) -> str:
    """For one unit, or for several."""
    return verb if len(advice.criteria.units) > 1 else f"{verb}s"


def _tightest(judgement: Judgement, advice: Advice) -> str:
    """Which unit of which clip, its value, and what measuring twice does to it."""
    if judgement.reason == "lost":
        return f"{judgement.value:.1%} of the faces of {judgement.clip} lost"
    noise = advice.noise.loc[judgement.unit]
    if judgement.reason == "r":
        return (
            f"{judgement.unit} in {judgement.clip} with r {judgement.value:.3f} "
            f"(measuring twice: {noise['r']:.3f})"
        )
    return (
        f"{judgement.unit} in {judgement.clip}, changed by {judgement.value:.2f} on average "
        f"(measuring twice: {noise['change']:.2f})"
    )


def shipped_advice() -> list[dict]:
    """The advice that ships, as :func:`as_document` made it: for the sample clip, for the cohort."""
    documents = []
    for path in shipped_paths():
        try:
            document = json.loads(path.read_text())
            if document["schema"] == SCHEMA:
                documents.append(document)
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return documents


def shipped_paths() -> tuple[Path, ...]:
    """Where shipped advice lies: for the sample clip, and for a rendered cohort that does not ship."""
    folder = checkpoints.folder()
    return folder / "gallery" / "advice.json", folder / "recordings" / "advice.json"
