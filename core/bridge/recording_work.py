"""The work behind an advice: clips stored and measured, kept when done, here or on a cluster."""

import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd

from core import checkpoints
from core.bridge.advice import Advice, Criteria, Stored, advise
from core.bridge.meter import agreement, measure_recording, noise
from core.bridge.plan import Plan, Size
from core.bridge.recordings import Recording, store_recording
from core.bridge.store import Store, digest
from core.bridge.work import clip_names
from core.cluster import call_on_cluster
from core.errors import InputError
from core.face.landmarks import Landmarker
from core.face.series import DEFAULT_CUTOFF, Rows, weights_used
from core.face.tracking import FaceTracker
from core.face.video import open_video
from core.progress import Progress

_FORM = 2
"""Raised when a change of the code makes what is kept wrong."""

_STORING = 2.0
"""Storing a frame takes about as long as measuring it."""


@dataclass(frozen=True, slots=True)
class Job:
    """One clip stored in one way, or with ``recording`` None the clip as it is and its noise."""

    path: Path
    recording: Recording | None
    store: Store

    def run(self) -> str | None:
        """Do it unless it is kept; None, or the sentence that says why it failed."""
        try:
            if self.recording is None:
                original(self.path, self.store)
                noise_of(self.path, self.store)
            else:
                stored(self.path, self.recording, self.store)
        except InputError as error:
            return str(error)
        except Exception as error:  # whatever one file does to a decoder, the others go on
            return f"{type(error).__name__}: {error}"
        return None


def original(path: Path, store: Store) -> tuple[pd.DataFrame, dict]:
    """The clip as it is: its measured table, and ``seconds``, ``height`` and ``face_width`` (pixels).

    Raises InputError without a face and with fewer than three frames.
    """

    def make() -> tuple[pd.DataFrame, dict]:
        table = measure_recording(path)
        if not table["success"].any():
            raise InputError(f"{path.name} cannot be used: no face was found in any frame.")
        times = table["time"].to_numpy()
        if len(times) < 3:
            raise InputError(f"{path.name} has {len(times)} frames; an advice needs at least 3.")
        step = float(np.median(np.diff(times)))
        with open_video(path) as video:
            height = video.facts.height
        return table, {
            "seconds": float(times[-1] - times[0] + step),
            "height": height,
            "face_width": float(table["face_width"].median()),
        }

    return store.fetch(store.place(path.stem, "whole", _facts(path)), make)


def size_of(path: Path, store: Store) -> Size:
    """The clip's height and the median width of its face."""
    _, facts = original(path, store)
    return Size(facts["height"], facts["face_width"])


def stored(path: Path, recording: Recording, store: Store) -> Stored:
    """The clip stored like that, and how it agrees with itself as it is."""
    reference, facts = original(path, store)
    table, origin = stored_table(path, recording, store)
    return Stored(origin["file_bytes"], facts["seconds"], agreement(reference, table))


def stored_table(path: Path, recording: Recording, store: Store) -> tuple[pd.DataFrame, dict]:
    """The clip stored like that and measured again, and ``file_bytes``.

    A width of the face becomes the lines that give it in this clip; nothing is enlarged.
    """
    size = size_of(path, store)
    recording = recording.sized(size.height, size.face_width)

    def make() -> tuple[pd.DataFrame, dict]:
        with tempfile.TemporaryDirectory(prefix="expressrate-") as folder:
            file = Path(folder) / f"stored{recording.suffix}"
            store_recording(path, recording, file)
            return measure_recording(file), {"file_bytes": os.path.getsize(file)}

    key = {**_facts(path), "recording": asdict(recording)}
    return store.fetch(store.place(path.stem, recording.method, key), make)


def noise_of(path: Path, store: Store) -> pd.DataFrame:
    """What measuring the clip twice does, as :func:`core.bridge.meter.noise` gives it."""
    reference, _ = original(path, store)
    place = store.place(path.stem, "noise", {**_facts(path), "noise": True})
    return store.fetch(place, lambda: (noise(path, reference), {}))[0]


def advise_clips(
    paths: Sequence[Path],
    plan: Plan,
    criteria: Criteria,
    store: Store,
    *,
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> Advice:
    """Advice for the clips at ``paths``; what is finished stays in ``store`` and is not done twice.

    Raises InputError that lists the clips that cannot be used.  ``progress`` is told of every clip
    stored, and may stop the work by raising.
    """
    if not checkpoints.cards("action-units"):
        raise InputError(
            "The weights of the action units are not here (checkpoint action-units), so nothing can be "
            "advised. Restore them from the repository."
        )
    clips = clip_names(paths)
    most = plan.most_measurements(len(clips)) + len(clips)
    done = 0

    def work(jobs: list[Job]) -> None:
        nonlocal done
        problems = []
        for job, why in _run(jobs, scheduler):
            done += 1
            if progress is not None:
                progress(done, most, _text(job))
            if why is not None:
                problems.append(why)
        if problems:
            raise InputError("Nothing can be advised: " + " ".join(dict.fromkeys(problems)))

    def attempt(wanted: list[tuple[str, Recording]]) -> Mapping[tuple[str, Recording], Stored]:
        work([Job(clips[clip], recording, store) for clip, recording in wanted])
        return {
            (clip, recording): stored(clips[clip], recording, store) for clip, recording in wanted
        }

    work([Job(path, None, store) for path in clips.values()])
    seconds = sum(original(path, store)[1]["seconds"] for path in clips.values())
    megabytes = sum(path.stat().st_size for path in clips.values()) / seconds * 60 / 1e6
    noises = [noise_of(path, store) for path in clips.values()]
    sizes = {clip: size_of(path, store) for clip, path in clips.items()}
    return advise(list(clips), plan, criteria, attempt, noises, megabytes, sizes)


def seconds_a_frame(path: Path, frames: int = 12) -> float:
    """How long storing and measuring one frame takes here, by the first ``frames`` of the clip."""
    begun = time.perf_counter()
    looked = 0
    tracker = FaceTracker(Landmarker(blendshapes=False))
    with open_video(path) as video, Rows(emotions=False) as rows:
        for frame in islice(video, frames):
            rows.add(frame, tracker, DEFAULT_CUTOFF)
            looked += 1
        rows.table()
    measured = time.perf_counter() - begun
    return _STORING * measured / max(looked, 1)


def _run(jobs: list[Job], scheduler: str | None):
    if scheduler is None:
        for job in jobs:
            yield job, job.run()
        return
    for (job,), result in call_on_cluster(scheduler, Job.run, [(job,) for job in jobs]):
        broken = isinstance(result, BaseException)
        yield job, f"{type(result).__name__}: {result}" if broken else result


def _facts(path: Path) -> dict:
    return {"form": _FORM, "clip": digest(path), "weights": weights_used(emotions=False)}


def _text(job: Job) -> str:
    if job.recording is None:
        return f"{job.path.name} as it is"
    return f"{job.path.name} as {job.recording.method}, quality {job.recording.quality}"
