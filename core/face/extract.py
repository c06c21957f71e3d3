"""Videos to files of action units: which are to do, in how many processes, and what came of each.

Each video becomes ``NAME.csv``, ``NAME.parquet`` or both, from one measurement, and ``NAME.json``
(ledger, settings, source and digest of the video, its clock).  A video is done again only if its
content, the settings or the weights have changed.
"""

import io
import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import InputError
from core.face.columns import DEFAULT_CUTOFF, LONGEST_SMOOTHING, SHORTEST_SMOOTHING
from core.face.outputs import FORMATS, Output, check_outputs, digest, plan_outputs
from core.face.video_files import VideoFile
from core.provenance import VERSION
from core.workers import WorkerKilled, spread

if TYPE_CHECKING:
    import pandas as pd

_OFTEN = 0.5  # seconds between two reports of a worker


@dataclass(frozen=True, slots=True)
class ExtractSettings:
    """How videos are measured; a file counts as done only under the same settings.

    ``formats``: of the tables.  ``neutral``: start and end in seconds of the segment whose median is
    subtracted, or None.  ``smooth``: seconds of a Savitzky-Golay window, or None.  ``calibrated``: read
    units by the calibrated stack.
    """

    formats: tuple[str, ...] = ("openface",)
    emotions: bool = True
    cutoff: float = DEFAULT_CUTOFF
    every: int = 1
    neutral: tuple[float, float] | None = None
    smooth: float | None = None
    calibrated: bool = False

    def __post_init__(self) -> None:
        wrong = []
        if not self.formats:
            wrong.append("no format is named")
        for format in self.formats:
            if format not in FORMATS:
                wrong.append(f"format is {format!r}, not one of {', '.join(FORMATS)}")
        if not 0 <= self.cutoff <= 1:
            wrong.append(f"the cut-off is {self.cutoff:g}, not between 0 and 1")
        if self.every < 1:
            wrong.append(f"every is {self.every}, not 1 or more")
        if self.neutral and not 0 <= self.neutral[0] < self.neutral[1]:
            wrong.append("the neutral segment must be START-END in seconds, START before END")
        if self.smooth is not None and not SHORTEST_SMOOTHING <= self.smooth <= LONGEST_SMOOTHING:
            wrong.append(
                f"the smoothing window is {self.smooth:g} s, not between {SHORTEST_SMOOTHING:g} and "
                f"{LONGEST_SMOOTHING:g}"
            )
        if wrong:
            raise InputError(f"These settings cannot be used: {'; '.join(wrong)}.")

    @property
    def measurement(self) -> dict:
        """What the numbers depend on, as JSON gives it back; the formats are not among it."""
        plain = json.loads(json.dumps(asdict(self)))
        plain.pop("formats")
        for name in ("smooth", "calibrated"):  # tables measured before there was such a choice
            if not plain[name]:
                plain.pop(name)
        return plain


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one video: ``state`` is done, skipped (was done before) or failed.

    ``report``: the ledger's lines, or the sentence that says what is wrong.
    """

    video: Path
    output: Output
    state: str
    report: tuple[str, ...]


Report = Callable[[Path, float, float], None]
"""Called with a video and its frames done and expected (0 where nobody knows)."""


def extract_file(
    video: Path,
    output: Output,
    settings: ExtractSettings,
    *,
    threads: int = 1,
    report: Report | None = None,
) -> Outcome:
    """Measure one video into its files, unless that was done before.

    Anything wrong with the video becomes a failed outcome, so that other videos go on.
    """
    try:
        return _extract_file(video, output, settings, threads, report)
    except InputError as error:
        return Outcome(video, output, "failed", (str(error),))
    except Exception as error:  # whatever one file does to a decoder, the others go on
        return Outcome(video, output, "failed", (f"{type(error).__name__}: {error}",))


def extract(
    videos: list[VideoFile],
    out: Path,
    settings: ExtractSettings,
    *,
    jobs: int | None = None,
    overwrite: bool = False,
    report: Report | None = None,
) -> Iterator[Outcome]:
    """Measure videos in processes of their own; outcomes come as they are ready.

    ``jobs``: processes, by default one a core; the cores are shared among them.  ``overwrite``:
    replace files that are not ours or hold another video's numbers.  A video whose process is killed
    is tried again alone, after the others.  Closing the iterator or interrupting it ends the workers;
    finished files stay, and there are no half ones.  Raises InputError before anything is measured
    where files cannot be written or are somebody else's.
    """
    outputs = plan_outputs(videos, out)
    check_outputs(outputs, settings.formats, overwrite=overwrite)
    cores = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    jobs = max(1, min(jobs or cores, len(videos)))
    return _outcomes(outputs, settings, jobs, cores, report)


def _outcomes(outputs, settings, jobs, cores, report) -> Iterator[Outcome]:
    if jobs == 1:
        for video, output in outputs.items():
            yield extract_file(video, output, settings, threads=cores, report=report)
        return
    threads = max(1, cores // jobs)
    calls = [(video, output, settings, threads) for video, output in outputs.items()]
    passed_on = None if report is None else (lambda content: report(*content))
    begin = partial(_begin, threads)
    for (video, output, *_), result in spread(_work, calls, jobs, report=passed_on, begin=begin):
        if isinstance(result, WorkerKilled):
            result = (f"{result}, and again when it was measured alone",)
        elif isinstance(result, Exception):
            result = (f"{type(result).__name__}: {result}",)
        if isinstance(result, tuple):
            result = Outcome(video, output, "failed", result)
        yield result


def _extract_file(video, output, settings: ExtractSettings, threads: int, report) -> Outcome:
    from core.face.series import measure_video, relative_to_neutral, weights_used
    from core.face.smoothing import smooth

    facts = {
        "program": "ExpressRate",
        "version": VERSION,
        "video": video.name,
        "source": str(video),
        "sha256": digest(video),
        "settings": settings.measurement,
        "weights": weights_used(settings.emotions, quality=True),
    }
    before = output.read_record() or {}
    same = all(before.get(name) == facts[name] for name in ("sha256", "settings", "weights"))
    same &= "ledger" in before  # else it was interrupted
    tables = before.get("tables", {}) if same else {}
    there = [format for format in tables if format in FORMATS and output.table(format).is_file()]
    missing = [format for format in settings.formats if format not in there]
    if not missing:
        return Outcome(video, output, "skipped", ("measured before with these settings",))
    if "parquet" in there:
        output.write_record(before | {"tables": _names(output, [*there, *missing])})
        _write_tables(output, _read_table(output), missing)
        return Outcome(video, output, "done", ("written from the table measured before",))
    _check_neutral(video, settings)
    series = measure_video(
        video,
        cutoff=settings.cutoff,
        every=settings.every,
        emotions=settings.emotions,
        threads=threads,
        calibrated=settings.calibrated,
        progress=report and (lambda done, expected, _: report(video, done, expected)),
    )
    table = series.table
    if settings.smooth:
        table = smooth(table, settings.smooth)
    if settings.neutral:
        table = relative_to_neutral(table, *settings.neutral)
    formats = list(dict.fromkeys([*before.get("tables", {}), *settings.formats]))
    formats = [format for format in formats if format in FORMATS]
    facts["tables"] = _names(output, formats)
    output.write_record(facts)
    _write_tables(output, table, formats)
    facts["clock_offset"] = series.facts.offset
    output.write_record(
        facts | {"container": asdict(series.facts), "ledger": series.ledger.as_dict()}
    )
    return Outcome(video, output, "done", tuple(series.ledger.lines()))


def _check_neutral(video: Path, settings: ExtractSettings) -> None:
    """Raise InputError, before hours of measuring, where the neutral segment lies after the end."""
    from core.face.video import open_video

    if settings.neutral is None:
        return
    with open_video(video) as opened:
        facts = opened.facts
    if facts.duration and settings.neutral[0] > facts.offset + facts.duration:
        raise InputError(
            f"{video.name} ends at {facts.offset + facts.duration:.2f} s, before the neutral segment "
            f"begins at {settings.neutral[0]:g} s."
        )


def _names(output: Output, formats: list[str]) -> dict[str, str]:
    """Format -> name of its table."""
    return {format: output.table(format).name for format in formats}


def _write_tables(output: Output, table: "pd.DataFrame", formats: list[str]) -> None:
    from core.face.openface import to_openface
    from core.files import write_whole

    for format in formats:
        if format == "parquet":
            content = io.BytesIO()
            table.to_parquet(content, index=False)
            write_whole(output.table(format), content.getvalue())
        else:
            write_whole(output.table(format), to_openface(table).encode())


def _read_table(output: Output) -> "pd.DataFrame":
    import pandas as pd

    return pd.read_parquet(output.table("parquet"))


def _begin(threads: int) -> None:
    """Give a worker its share of the cores."""
    import torch

    torch.set_num_threads(threads)


def _work(video: Path, output: Output, settings: ExtractSettings, threads: int, say) -> Outcome:
    """One video in a worker; progress goes to the parent at most twice a second."""
    last = time.monotonic()

    def report(video: Path, done: float, expected: float) -> None:
        nonlocal last
        if time.monotonic() - last > _OFTEN:
            last = time.monotonic()
            say((video, done, expected))

    return extract_file(video, output, settings, threads=threads, report=report)
