"""Videos to files of action units: which are to do, in how many processes, and what came of each.

Each video becomes ``NAME.csv`` or ``NAME.parquet`` and ``NAME.json`` (ledger, settings, digest of the
video).  The JSON is written last, so a video that has one is done; it is done again only if its
content, the settings or the weights have changed.
"""

import hashlib
import io
import json
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from pathlib import Path

from core.errors import InputError
from core.face.openface import to_openface
from core.face.series import DEFAULT_CUTOFF, measure_video, relative_to_neutral, weights_used
from core.face.video import SUFFIXES
from core.files import write_whole
from core.provenance import VERSION

FORMATS = {"openface": ".csv", "parquet": ".parquet"}
_KILLED = (
    "a worker process was ended from outside, perhaps for want of memory; "
    "run the command again (--jobs 1 needs least)"
)
_TICK = 0.5  # seconds between two looks at the workers


@dataclass(frozen=True, slots=True)
class Settings:
    """How videos are measured; a file counts as done only under the same settings.

    ``neutral``: start and end in seconds of the segment whose median is subtracted, or None.
    """

    format: str = "openface"
    emotions: bool = True
    cutoff: float = DEFAULT_CUTOFF
    every: int = 1
    neutral: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        wrong = []
        if self.format not in FORMATS:
            wrong.append(f"format is {self.format!r}, not one of {', '.join(FORMATS)}")
        if not 0 <= self.cutoff <= 1:
            wrong.append(f"the cut-off is {self.cutoff:g}, not between 0 and 1")
        if self.every < 1:
            wrong.append(f"every is {self.every}, not 1 or more")
        if self.neutral and not 0 <= self.neutral[0] < self.neutral[1]:
            wrong.append("the neutral segment must be START-END in seconds, START before END")
        if wrong:
            raise InputError(f"These settings cannot be used: {'; '.join(wrong)}.")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one video: ``state`` is done, skipped (was done before) or failed.

    ``report``: the ledger's lines, or the sentence that says what is wrong.
    """

    video: Path
    output: Path
    state: str
    report: tuple[str, ...]


Report = Callable[[Path, int, int | None], None]
"""Called with a video and its frames done and expected."""


def find_videos(given: Iterable[Path]) -> list[Path]:
    """The files named, and those with a video's suffix in the folders named, sorted, once each.

    Raises InputError that lists what does not exist and folders without a video.
    """
    found: list[Path] = []
    wrong = []
    for path in given:
        if path.is_dir():
            inside = sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES)
            found += inside
            if not inside:
                wrong.append(f"no video ({', '.join(SUFFIXES)}) in the folder {path}")
        elif path.is_file():
            found.append(path)
        else:
            wrong.append(f"{path} does not exist")
    if wrong:
        raise InputError(f"Nothing was measured: {'; '.join(wrong)}.")
    return list(dict.fromkeys(path.resolve() for path in found))


def output_paths(videos: list[Path], out: Path, format: str) -> dict[Path, Path]:
    """Where each video's table goes: its name, with the folder before it where names clash."""
    stems = [video.stem for video in videos]
    names = {}
    for video in videos:
        name = video.stem
        if stems.count(name) > 1:
            mark = hashlib.sha256(str(video).encode()).hexdigest()[:6]
            name = f"{name}-{mark}"
        names[video] = out / f"{name}{FORMATS[format]}"
    return names


def extract_file(
    video: Path, output: Path, settings: Settings, *, threads: int = 1, report: Report | None = None
) -> Outcome:
    """Measure one video into its two files, unless that was done before.

    Anything wrong with the video becomes a failed outcome, so that other videos go on.
    """
    try:
        digest = _digest(video)
        weights = weights_used(settings.emotions)
        if _is_done(output, {"sha256": digest, "settings": _plain(settings), "weights": weights}):
            return Outcome(video, output, "skipped", ("measured before with these settings",))
        series = measure_video(
            video,
            cutoff=settings.cutoff,
            every=settings.every,
            emotions=settings.emotions,
            threads=threads,
            progress=report and (lambda done, expected: report(video, done, expected)),
        )
        table = series.table
        if settings.neutral:
            table = relative_to_neutral(table, *settings.neutral)
        content = io.BytesIO()
        if settings.format == "parquet":
            table.to_parquet(content, index=False)
        else:
            content.write(to_openface(table).encode())
        facts = {
            "video": video.name,
            "sha256": digest,
            "settings": _plain(settings),
            "weights": weights,
            "version": VERSION,
            "container": asdict(series.facts),
            "ledger": series.ledger.as_dict(),
        }
        _sidecar(output).unlink(missing_ok=True)
        write_whole(output, content.getvalue())
        write_whole(_sidecar(output), (json.dumps(facts, indent=1) + "\n").encode())
    except InputError as error:
        return Outcome(video, output, "failed", (str(error),))
    except Exception as error:  # whatever one file does to a decoder, the others go on
        return Outcome(video, output, "failed", (f"{type(error).__name__}: {error}",))
    return Outcome(video, output, "done", tuple(series.ledger.lines()))


def extract(
    videos: list[Path],
    out: Path,
    settings: Settings,
    *,
    jobs: int | None = None,
    report: Report | None = None,
) -> Iterator[Outcome]:
    """Measure videos in a pool of processes; outcomes come as they are ready.

    ``jobs``: processes, by default one a core; the cores are shared among them.  Closing the
    iterator or interrupting it ends the workers; finished files stay, and there are no half ones.
    """
    outputs = output_paths(videos, out, settings.format)
    cores = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    jobs = max(1, min(jobs or cores, len(videos)))
    if jobs == 1:
        for video in videos:
            yield extract_file(video, outputs[video], settings, threads=cores, report=report)
        return
    context = multiprocessing.get_context("spawn")
    messages = context.Queue()
    threads = max(1, cores // jobs)
    pool = ProcessPoolExecutor(jobs, context, _begin_worker, (messages, threads))
    try:
        tasks = {
            pool.submit(_in_worker, video, outputs[video], settings, threads): video
            for video in videos
        }
        waiting = set(tasks)
        while waiting:
            ready, waiting = wait(waiting, timeout=_TICK, return_when=FIRST_COMPLETED)
            while report is not None and not messages.empty():
                report(*messages.get())
            for future in ready:
                try:
                    yield future.result()
                except BrokenProcessPool:
                    video = tasks[future]
                    yield Outcome(video, outputs[video], "failed", (_KILLED,))
    finally:
        for process in list(pool._processes.values()):
            process.terminate()
        pool.shutdown(wait=True, cancel_futures=True)


_messages = None


def _begin_worker(messages, threads: int) -> None:
    """Set a worker up: its share of the cores, and interrupts left to the parent."""
    global _messages
    import torch

    _messages = messages
    torch.set_num_threads(threads)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _in_worker(video: Path, output: Path, settings: Settings, threads: int) -> Outcome:
    """One video in a worker; progress goes to the parent at most twice a second."""
    last = time.monotonic()

    def report(video: Path, done: int, expected: int | None) -> None:
        nonlocal last
        if time.monotonic() - last > _TICK:
            last = time.monotonic()
            _messages.put((video, done, expected))

    return extract_file(video, output, settings, threads=threads, report=report)


def _digest(path: Path) -> str:
    """SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sidecar(output: Path) -> Path:
    """The JSON beside an output."""
    return output.with_suffix(".json")


def _plain(settings: Settings) -> dict:
    """Settings as JSON gives them back."""
    return json.loads(json.dumps(asdict(settings)))


def _is_done(output: Path, wanted: dict) -> bool:
    """Whether an output is there, made from this content with these settings and weights."""
    try:
        facts = json.loads(_sidecar(output).read_text())
        return output.is_file() and all(facts[name] == value for name, value in wanted.items())
    except (OSError, ValueError, KeyError, TypeError):
        return False
