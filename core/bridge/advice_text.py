"""An advice in words: sentences, settings described, commands, a table."""

import shlex
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from core.bridge.advice import HOURS, Advice, Criteria, Judgement, terabytes
from core.bridge.encoders import ENCODERS, PIXEL_FORMATS, PLAIN
from core.bridge.plan import Plan, Size
from core.bridge.recordings import Recording, ffmpeg_command
from core.formatting import listed, number, percent
from core.methods import name_of


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


def meter_sentence(advice: Advice) -> str:
    """What measuring twice does to the chosen units, and where more is asked than that."""
    noise = advice.noise.loc[list(advice.criteria.units)]
    if noise["change"].isna().all():
        return "What measuring twice does is not known."
    text = "Measuring the original twice"
    if noise["r"].notna().any():
        unit = noise["r"].idxmin()
        text += f" gives a least r of {number(noise.loc[unit, 'r'], 3)} ({unit}) and"
    else:
        text += " gives"
    unit = noise["change"].idxmax()
    text += f" a largest mean change of {number(noise.loc[unit, 'change'], 2)} ({unit})."
    if advice.beyond_the_meter:
        text += (
            f" For {listed(advice.beyond_the_meter)} the criteria ask for more than the meter has: "
            "what is advised there is on the safe side, or chance."
        )
    return text


def described(recording: Recording) -> str:
    """``H.264, crf 35, 480 lines, one frame of 2``; what is as usual goes without saying."""
    words = [name_of(recording.method), f"{ENCODERS[recording.method].flag} {recording.quality}"]
    if recording.face is not None:
        words.append(f"the face {recording.face} pixels wide")
    else:
        words.append("its own size" if recording.lines is None else f"{recording.lines} lines")
    words.append("every frame" if recording.every == 1 else f"one frame of {recording.every}")
    if recording.preset:
        words.append(f"preset {recording.preset}")
    if recording.pixels != PLAIN:
        words.append(PIXEL_FORMATS[recording.pixels])
    if recording.gop is not None:
        words.append(f"a key frame each {recording.gop} frames")
    if recording.before is not None:
        words.append(f"from {described(recording.before)}")
    return ", ".join(words)


def described_row(row: Mapping) -> str:
    """:func:`described` of a row of :func:`table`, also as JSON gives it back."""
    lines, face, gop = (_whole(row.get(name)) for name in ("lines", "face", "gop"))
    return described(
        Recording(
            row["codec"], int(row["quality"]), lines, int(row["every"]), face=face,
            preset=row.get("preset") or "", pixels=row.get("pixels") or PLAIN, gop=gop,
        )
    )  # fmt: skip


def size_in_words(row: Mapping) -> str:
    """Of a row of :func:`table`: ``480 lines``, ``face 120 px``, ``own size``."""
    lines, face = _whole(row.get("lines")), _whole(row.get("face"))
    if face is not None:
        return f"face {face} px"
    return "own size" if lines is None else f"{lines} lines"


def _whole(value: float | None) -> int | None:
    return None if value is None or np.isnan(value) else int(value)


def advise_command(clips: Sequence[str], question: Criteria, plan: Plan) -> str:
    """The command that searches the same in a terminal; what is as usual is left out."""
    usual = Plan()
    words = ["python", "-m", "core.bridge", "advise", *clips, "--units", *question.units]
    for name in ("keep", "change", "lost"):
        words += [f"--{name}", f"{getattr(question, name):g}"]
    words += ["--codecs", *plan.methods]
    if plan.heights != usual.heights:
        heights = ["own" if lines is None else str(lines) for lines in plan.heights]
        words += ["--heights", *(heights or ["none"])]
    words += ["--face-widths", *map(str, plan.faces)] if plan.faces else []
    words += ["--rates", *map(str, plan.rates)]
    words += ["--preset", *map("=".join, plan.presets)] if plan.presets else []
    words += ["--pixels", plan.pixels] if plan.pixels != usual.pixels else []
    words += ["--gop", str(plan.gop)] if plan.gop is not None else []
    if plan.before is not None:
        words += ["--before", f"{plan.before.method}:{plan.before.quality}"]
    return shlex.join(words)


def command_lines(recording: Recording, sizes: Mapping[str, Size]) -> str:
    """The ffmpeg command for all clips; where their sizes want several, each below its clips' names."""
    groups: dict[str, list[str]] = {}
    for clip, size in sizes.items():
        line = ffmpeg_command(recording.sized(size.height, size.face_width))
        groups.setdefault(line, []).append(clip)
    if not groups:
        return ffmpeg_command(recording)
    if len(groups) == 1:
        return next(iter(groups))
    return "\n".join(f"# {', '.join(clips)}\n{line}" for line, clips in groups.items())


def table(advice: Advice) -> pd.DataFrame:
    """One row a setting that was judged, the cheapest of those that passed first.

    Columns ``codec, quality, lines`` and ``face`` (NaN: its own size), ``every, preset`` (empty: the
    usual one), ``pixels, gop`` (NaN: as the encoder likes), ``megabytes_a_minute, terabytes, passed,
    least_r, largest_change, lost_share, unit, clip, reason, value, margin, ffmpeg``.
    """
    rows = [
        {
            "codec": each.recording.method,
            "quality": each.recording.quality,
            "lines": np.nan if each.recording.lines is None else each.recording.lines,
            "face": np.nan if each.recording.face is None else each.recording.face,
            "every": each.recording.every,
            "preset": each.recording.preset,
            "pixels": each.recording.pixels,
            "gop": np.nan if each.recording.gop is None else each.recording.gop,
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
            "ffmpeg": command_lines(each.recording, advice.sizes),
        }
        for each in advice.judged
    ]
    verdicts = pd.DataFrame(rows)
    order = verdicts["passed"].map({True: 0, False: 1})
    return verdicts.assign(order=order).sort_values(["order", "megabytes_a_minute"]).drop(
        columns="order"
    ).reset_index(drop=True)  # fmt: skip


def _units(advice: Advice) -> str:
    return listed(advice.criteria.units)


def _verb(advice: Advice, verb: str) -> str:
    """For one unit, or for several."""
    return verb if len(advice.criteria.units) > 1 else f"{verb}s"


def _tightest(judgement: Judgement, advice: Advice) -> str:
    """Which unit of which clip, its value, and what measuring twice does to it."""
    if judgement.reason == "lost":
        return f"{percent(judgement.value)} of the faces of {judgement.clip} lost"
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
