"""A video as a table: what the followed face does in every frame, and the ledger of frames."""

from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from core import checkpoints
from core.errors import InputError
from core.face.columns import BOX, DEFAULT_CUTOFF, EMOTIONS, POSE, RELATIVE, SIDES
from core.face.crop import crop_face
from core.face.landmarks import BLENDSHAPES, Blendshapes, Face, Landmarker
from core.face.ledger import Ledger, Times, missing_frames
from core.face.pose import head_pose
from core.face.sharpness import sharpness
from core.face.tracking import FaceTracker, Sighting
from core.face.units import crop, estimate_units, load_estimators
from core.face.units.calibrated import load_stack, read_faces
from core.face.units.sides import estimate_sides
from core.face.units.used import stack_in_use, weights_in_use, weights_of_stack
from core.face.video import Frame, Video, VideoFacts, open_video, prefetch
from core.facs import UNITS
from core.precision import autocast
from core.progress import Progress
from core.recognition import load_classifier, read_pictures

_BATCH = 32
_MOST_WAITING = 3
"""Batches of faces that may wait for their judgement; more would be memory, not speed."""
_CLASSIFIER = "base"

Watch = Callable[[Frame, Sighting], None]
"""Called with every frame that was looked at and what was seen; must be quick."""


@dataclass(frozen=True, slots=True)
class Series:
    """A measured video.

    ``table``, one row a frame that was looked at:

    - ``frame`` from 0, ``time`` in seconds on the file's clock, ``faces``: how many were seen at the
      last count;
    - ``presence`` of the face, 0..1, 0 if none; ``confidence``, 0..1: the chance that the validated
      units of the frame are all within a point (:mod:`core.face.units.calibrated`), the presence
      where nothing was measured and without the weights of the stack; ``success``: whether the
      presence reached the cut-off; ``damaged``: whether the picture is, and was not measured therefore;
    - only with success, else NaN: ``track``, the number from 0 of the stretch in which one face was
      followed without a break; ``face_left`` .. in pixels of the picture as shown; ``face_width``,
      temple to temple in the same pixels; ``sharpness`` (:mod:`core.face.sharpness`; NaN without
      the weights of the units); ``occlusion``, the share of the face that is hidden, 0..1 (NaN
      without the stack); ``pose_T*`` in mm and ``pose_R*`` in radians (``pose_Rx``
      pitch, ``pose_Ry`` yaw, ``pose_Rz`` roll); ``AU01`` .. ``AU45``, intensities 0..5, and of some
      their sides, ``AU02_left`` .. (the person's); with emotions, ``emotion_angry`` ..,
      probabilities that sum to 1; the 52 blendshapes ``blendshape_*``, 0..1.
    """

    table: pd.DataFrame
    ledger: Ledger
    facts: VideoFacts


def measure_video(
    path: str | Path,
    *,
    cutoff: float = DEFAULT_CUTOFF,
    every: int = 1,
    emotions: bool = True,
    threads: int = 1,
    calibrated: bool = False,
    progress: Progress | None = None,
    watch: Watch | None = None,
) -> Series:
    """Measure a video from its first frame to its last; memory holds a few batches of crops.

    ``cutoff``: least presence, 0..1.  ``every``: look at each n-th frame only.  ``threads``:
    processor cores to use: with more than one, frames are decoded, followed and judged at the same
    time.  ``calibrated``: read the units by the calibrated stack instead of the estimators one by one.
    ``progress``: called with the frames done and expected (0 where nobody knows).  Raises
    InputError if the file is no video or the face finder is missing.
    """
    tracker = FaceTracker(Landmarker(blendshapes=False), cutoff=cutoff)
    times = Times()
    with (
        open_video(path) as video,
        prefetch(video) if threads > 1 else nullcontext(video) as frames,
        Rows(emotions, beside=threads > 1, calibrated=calibrated) as rows,
    ):
        for frame in frames:
            times.add(frame.time)
            if frame.number % every == 0:
                sighting = rows.add(frame, tracker, cutoff)
                if watch is not None:
                    watch(frame, sighting)
            if len(times) % 8 == 0:
                _tell(progress, len(times), video.facts.expected)
        table = rows.table(video.doubtful)
        _tell(progress, len(times), video.facts.expected)
        return Series(table, _ledger(table, rows, times, video), video.facts)


def relative_to_neutral(table: pd.DataFrame, start: float, end: float) -> pd.DataFrame:
    """The table with ``AUnn_relative``: each unit minus its median between two times (seconds).

    Values may be negative; NaN stays NaN.  Raises InputError if no face was measured then.
    """
    segment = table[(table["time"] >= start) & (table["time"] <= end) & table["success"]]
    if segment.empty:
        raise InputError(
            f"There is no measured face between {start:g} s and {end:g} s to take as neutral; "
            f"the video runs from {table['time'].min():.2f} s to {table['time'].max():.2f} s."
        )
    difference = table[list(UNITS)] - segment[list(UNITS)].median()
    return table.assign(**dict(zip(RELATIVE, difference.to_numpy().T, strict=True)))


class Rows:
    """The table of :class:`Series` as frames come; faces are judged in batches.

    Each series has its own; ``emotions``: whether the classifier is asked too; ``beside``: judge in
    a thread of its own while the next faces come, which the context's end stops; ``calibrated``: read
    the units by the stack.  Raises InputError where that is asked for and not here.
    """

    def __init__(self, emotions: bool, *, beside: bool = False, calibrated: bool = False) -> None:
        self._emotions, self._calibrated = emotions, calibrated or stack_in_use()
        self._judge = ThreadPoolExecutor(1) if beside else None
        self._units = load_estimators() if checkpoints.cards("action-units") else None
        self._stack = load_stack() if self._units is not None else None
        if calibrated and self._stack is None:
            raise InputError(
                "The calibrated stack of action units is not here (checkpoint action-units-stack). "
                "Restore it from the repository, or measure without it."
            )
        self._shapes = Blendshapes()
        self._plain: list[tuple] = []
        self._judged: list[np.ndarray | Future] = []
        self._waiting: list[tuple[Face, np.ndarray, np.ndarray] | None] = []
        self.cuts: list[float] = []

    def __enter__(self) -> "Rows":
        return self

    def __exit__(self, *_: object) -> None:
        if self._judge is not None:
            self._judge.shutdown(cancel_futures=True)

    def add(self, frame: Frame, tracker: FaceTracker, cutoff: float) -> Sighting:
        """Look at the next frame; a damaged one is not looked at."""
        sighting = Sighting(None, 0.0, 0, False) if frame.damaged else tracker.see(frame.picture)
        face = sighting.face if sighting.presence >= cutoff else None
        if sighting.cut:
            self.cuts.append(frame.time)
        if face is None:
            place = (np.nan,) * (len(BOX) + 2)
            self._waiting.append(None)
        else:
            place = (float(sighting.track), *face.box, face.width)
            size = frame.picture.shape[:2]
            self._waiting.append((face, size, *self._crops(frame.picture, face)))
        seen = (sighting.faces, sighting.presence, face is not None, frame.damaged)
        self._plain.append((frame.number, frame.time, *seen, *place))
        if len(self._waiting) == _BATCH:
            self._pass_on()
        return sighting

    def table(self, doubtful: Collection[int] = ()) -> pd.DataFrame:
        """All rows so far, as :class:`Series` describes them.

        ``doubtful``: numbers of frames in which damage was found after they had been measured.
        """
        self._pass_on()
        self._judged = [
            part if isinstance(part, np.ndarray) else part.result() for part in self._judged
        ]
        plain = pd.DataFrame(self._plain, columns=list(_PLAIN))
        names = [
            *_HOW,
            *POSE,
            *UNITS,
            *SIDES,
            *(EMOTIONS if self._emotions else ()),
            *_SHAPES,
        ]
        judged = pd.DataFrame(
            np.concatenate([np.empty((0, len(names)), np.float32), *self._judged]), columns=names
        )
        sure = judged["confidence"].fillna(plain["presence"]).astype(float)
        plain.insert(plain.columns.get_loc("presence") + 1, "confidence", sure)
        table = pd.concat([plain, judged.drop(columns="confidence")], axis=1)
        spoilt = table["frame"].isin(list(doubtful)) & ~table["damaged"]
        if spoilt.any():
            table.loc[spoilt, ["faces", "presence", "confidence"]] = 0
            table.loc[spoilt, ["success", "damaged"]] = [False, True]
            table.loc[spoilt, table.columns[len(_SEEN) + 1 :]] = np.nan
        return table

    def _crops(self, picture: np.ndarray, face: Face) -> tuple:
        """What the classifier and the appearance network will look at, where they are asked."""
        coloured = crop_face(picture, face) if self._emotions else None
        wanted = self._stack is not None or (self._units is not None and self._units.wants_crops)
        return coloured, crop(picture, face.landmarks) if wanted else None

    def _pass_on(self) -> None:
        """Have the faces that wait judged: here, or beside as soon as there is time."""
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        if self._judge is None:
            self._judged.append(self._values(waiting))
            return
        self._judged.append(self._judge.submit(self._values, waiting))
        if len(self._judged) > _MOST_WAITING:
            late = self._judged[-1 - _MOST_WAITING]
            self._judged[-1 - _MOST_WAITING] = late.result()

    def _values(self, waiting: list[tuple | None]) -> np.ndarray:
        """Pose, units, emotions, blendshapes (F, columns) of some faces; frames without one are NaN."""
        units = len(UNITS) + len(SIDES)
        width = len(_HOW) + len(POSE) + units + len(EMOTIONS) * self._emotions + len(_SHAPES)
        values = np.full((len(waiting), width), np.nan, np.float32)
        there = [i for i, item in enumerate(waiting) if item is not None]
        if there:
            faces, sizes, coloured, grey = zip(*(waiting[i] for i in there), strict=True)
            shapes = np.stack([self._shapes.of(face.landmarks) for face in faces])
            landmarks = np.stack([face.landmarks for face in faces])
            pose = head_pose(landmarks, *np.array(sizes).T)
            crops = None if grey[0] is None else np.stack(grey)
            presence = np.array([face.presence for face in faces])
            read, how = self._units_of(landmarks, shapes, crops, presence)
            parts = [how, pose.translation, pose.rotation, read]
            if self._emotions:
                with autocast():  # a video's frames are many: no test-time flip, half the time
                    parts.append(read_pictures(_classifier(), coloured, flip=False))
            values[there] = np.concatenate([*parts, shapes], axis=1)
        return values

    def _units_of(self, landmarks, shapes, crops, presence) -> tuple[np.ndarray, np.ndarray]:
        """Units with their sides (F, columns), and how the faces were seen (F, 3)."""
        count = len(landmarks)
        how = np.full((count, len(_HOW)), np.nan)
        if crops is not None:
            how[:, 0] = sharpness(crops)
        if self._units is None:
            return np.full((count, len(UNITS) + len(SIDES)), np.nan), how
        if self._stack is None:
            whole = estimate_units(landmarks, shapes, crops, estimators=self._units)
        else:
            reading = read_faces(self._stack, landmarks, shapes, crops, presence)
            how[:, 1], how[:, 2] = reading.occlusion, reading.confidence
            if self._calibrated:
                whole = pd.DataFrame(reading.calibrated, columns=list(UNITS))
            elif self._stack.estimators.card == self._units.card:  # looked at already
                whole = pd.DataFrame(reading.units, columns=list(UNITS))
            else:
                whole = estimate_units(landmarks, shapes, crops, estimators=self._units)
        sides = estimate_sides(shapes, whole)
        return np.hstack([whole[list(UNITS)], sides[list(SIDES)]]), how


_HOW = ("sharpness", "occlusion", "confidence")
_SHAPES = tuple(f"blendshape_{name}" for name in BLENDSHAPES)
_SEEN = ("frame", "time", "faces", "presence", "success", "damaged")
_PLAIN = (*_SEEN, "track", *BOX, "face_width")


def weights_used(emotions: bool = True, *, quality: bool = False) -> dict[str, str]:
    """Checkpoint id -> fingerprint of the weights that a measurement now would use.

    Without the checkpoint of action units those are left out, and the units are NaN.  ``quality``:
    name the stack too, which says how far to believe the units.
    """
    ids = weights_in_use()
    if quality and ids:
        ids += [id for id in weights_of_stack() if id not in ids]
    ids += [_CLASSIFIER] if emotions else []
    return {id: checkpoints.card(id).fingerprint for id in ids}


def _classifier() -> torch.nn.Module:
    """The shipped classifier of expressions, loaded again when its weights change."""
    return _load_classifier(checkpoints.card(_CLASSIFIER).fingerprint)


@lru_cache(maxsize=1)
def _load_classifier(fingerprint: str) -> torch.nn.Module:
    return load_classifier(_CLASSIFIER)[0].to(memory_format=torch.channels_last)


def _tell(progress: Progress | None, done: int, expected: int | None) -> None:
    """Say how far it is, in frames."""
    if progress is not None:
        known = f" of {expected:,}" if expected else ""
        progress(done, max(done, expected) if expected else 0, f"{done:,}{known} frames")


def _ledger(table: pd.DataFrame, rows: Rows, times: Times, video: Video) -> Ledger:
    """The count of frames of a video that was read to its end."""
    dropped, duplicate, variable = times.irregularities()
    facts, there = video.facts, table[table["success"]]
    patched = int(table["damaged"].sum())
    below = int((~table["success"] & (table["confidence"] > 0)).sum())
    return Ledger(
        expected=facts.expected,
        counted=facts.counted,
        decoded=len(times),
        hidden=video.hidden,
        missing=missing_frames(facts, len(times), video.hidden, variable),
        dropped=dropped,
        duplicate=duplicate,
        skipped=len(times) - len(table),
        patched=patched,
        no_face=len(table) - len(there) - below - patched,
        below_cutoff=below,
        measured=len(there),
        several_faces=int((there["faces"] > 1).sum()),
        upside_down=int((there["pose_Rz"].abs() > np.pi / 2).sum()),
        tracks=int(there["track"].nunique()),
        cuts=tuple(round(time, 4) for time in rows.cuts),
        face_width=float(there["face_width"].median()),
        damaged=video.damaged,
        resized=video.resized,
        variable_rate=variable,
        duration=times.span,
        offset=facts.offset,
    )
