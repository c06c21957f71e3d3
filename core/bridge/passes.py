"""A clip measured as it is, and measured again after its face went through a codec."""

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd

from core.bridge.films import Film, play
from core.bridge.methods import ORIGINAL, Method
from core.bridge.windows import Windows, follow
from core.codec.loading import load_codec
from core.errors import InputError
from core.evaluation.measuring.coding import classic, learned
from core.evaluation.measuring.pictures import Pictures
from core.face.landmarks import Landmarker
from core.face.series import BOX, DEFAULT_CUTOFF, EMOTIONS, Rows
from core.face.tracking import FaceTracker
from core.face.video import Frame, open_video
from core.facs import UNITS
from core.progress import Progress

BATCH = 16
"""Frames that are coded together."""

_FRAME_COLUMNS = ("frame", "time", "success", "confidence")


@dataclass(frozen=True, slots=True)
class DriftSettings:
    """How clips are measured; what is finished counts only under the same settings.

    ``side``: pixels a side at which the face is coded, None: as many as it has.  ``every``: only
    each n-th frame.  ``frames``: at most so many of those, None: all.  ``cutoff``: least presence
    of a face, 0..1.  ``emotions``: whether the classifier looks too.
    """

    side: int | None = None
    every: int = 1
    frames: int | None = None
    cutoff: float = DEFAULT_CUTOFF
    emotions: bool = True

    def __post_init__(self) -> None:
        wrong = []
        if self.side is not None and not (16 <= self.side <= 1024 and self.side % 2 == 0):
            wrong.append(f"the side is {self.side}, not an even number from 16 to 1024")
        if self.every < 1:
            wrong.append(f"every is {self.every}, not 1 or more")
        if self.frames is not None and self.frames < 1:
            wrong.append(f"frames is {self.frames}, not 1 or more")
        if not 0 <= self.cutoff <= 1:
            wrong.append(f"the cut-off is {self.cutoff:g}, not between 0 and 1")
        if wrong:
            raise InputError(f"These settings cannot be used: {'; '.join(wrong)}.")


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """The clip as it is.

    ``table``: one row a frame that was looked at: ``frame``, ``time``, ``success``, ``confidence``,
    the face's box (pixels), ``AU01`` .. (0..5), ``emotion_*`` (0..1); NaN without a face.
    ``height`` and ``width`` of the picture.
    """

    table: pd.DataFrame
    height: int
    width: int

    @property
    def rate(self) -> float:
        """Frames a second among those that were looked at; NaN with only one."""
        steps = np.diff(self.table["time"])
        steps = steps[steps > 0]
        return float(1 / np.median(steps)) if len(steps) else float("nan")

    @property
    def windows(self) -> Windows:
        """The squares that are coded; InputError where no face was found."""
        return follow(self.table, self.height, self.width)


def measure_reference(
    path: Path, settings: DriftSettings, progress: Progress | None = None
) -> Reference:
    """The clip as it is, read once from front to back.

    Raises InputError for a file that is no video and for a video without a face.
    """
    series = _Series(settings)
    with open_video(path) as video:
        size = video.facts.height, video.facts.width
        for frame in _looked_at(video, settings):
            series.add(frame)
            _tell(progress, frame, video, settings, f"{path.name}: measuring the original")
    table = series.table()
    reference = Reference(table, *size)
    try:
        _ = reference.windows
    except InputError as error:
        raise InputError(f"{path.name} cannot be used: {error}") from None
    return reference


def measure_coded(
    path: Path,
    reference: Reference,
    method: Method,
    settings: DriftSettings,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """The clip once more, its face coded by ``method``, at all its settings in one reading.

    One row a frame and setting: ``setting``, then the columns of the reference without the box,
    then ``file_bytes`` (of the face, 0 where none was coded; of a film every frame's equal share)
    and ``payload_bytes`` (without the header, NaN where a format has none apart).
    """
    windows = reference.windows
    pixels = settings.side or windows.side
    text = f"{path.name}: {method.name}"
    all_series = [_Series(settings) for _ in method.settings]
    costs: list[list[tuple[float, float]]] = [[] for _ in method.settings]
    source = _stills(method)
    if method.is_film:
        source = _films(path, windows, pixels, method, settings, reference.rate, progress)
    with open_video(path) as video:
        place = 0
        for batch in _batches(_looked_at(video, settings)):
            with_face = [i for i in range(len(batch)) if windows.has_face(place + i)]
            crops = [windows.cut(batch[i].picture, place + i, pixels) for i in with_face]
            coded = source(crops)
            for series, spent, (pictures, sizes) in zip(all_series, costs, coded, strict=True):
                back = dict(zip(with_face, zip(pictures, sizes, strict=True), strict=True))
                for i, frame in enumerate(batch):
                    picture, cost = back.get(i, (None, (0.0, 0.0)))
                    if picture is not None:
                        pasted = windows.paste(frame.picture, picture, place + i)
                        frame = Frame(frame.number, frame.time, pasted)
                    series.add(frame)
                    spent.append(cost)
            place += len(batch)
            _tell(progress, batch[-1], video, settings, text)
    tables = [
        series.table().drop(columns=list(BOX)).assign(
            setting=setting,
            file_bytes=[cost[0] for cost in spent],
            payload_bytes=[cost[1] for cost in spent],
        )
        for series, setting, spent in zip(all_series, method.settings, costs, strict=True)
    ]  # fmt: skip
    return pd.concat(tables, ignore_index=True)


def code_frame(
    path: Path,
    reference: Reference,
    method: Method,
    settings: DriftSettings,
    setting: float,
    place: int,
) -> tuple[np.ndarray, np.ndarray]:
    """One frame's square before and after coding, uint8 (S, S, 3) each, at their own size.

    ``place``: row of the reference, one with a face.  A film is coded from its beginning.
    """
    windows = reference.windows
    pixels = settings.side or windows.side
    if not windows.has_face(place):
        raise InputError("No face was found in this frame, so nothing of it is coded.")
    alone = replace(method, settings=(setting,))
    source = _stills(alone)
    if method.is_film:
        source = _films(path, windows, pixels, alone, settings, reference.rate, None)
    with open_video(path) as video:
        for here, frame in enumerate(_looked_at(video, settings)):
            if windows.has_face(here) and (method.is_film or here == place):
                ((pictures, _),) = source([windows.cut(frame.picture, here, pixels)])
            if here == place:
                pasted = windows.paste(frame.picture, pictures[0], here)
                return tuple(windows.cut(p, here, windows.side) for p in (frame.picture, pasted))
    raise ValueError(f"the series has no frame {place}")


Coder = Callable[[list[np.ndarray]], list[tuple[list[np.ndarray], list[tuple[float, float]]]]]
"""Squares in order -> for every setting the decoded squares and their (file, payload) bytes."""


def _stills(method: Method) -> Coder:
    """Every square a file of its own."""

    def code(crops: list[np.ndarray]):
        if not crops:
            return [([], []) for _ in method.settings]
        if method.method == ORIGINAL:
            return [(crops, [(float(crop.size), float(crop.size)) for crop in crops])]
        names = tuple(map(str, range(len(crops))))
        pictures = Pictures("clip", "", names, names, (None,) * len(crops), tuple(crops))
        if method.codec is not None:
            codec, card = _codec(method.codec, method.fingerprint)
            codings = learned(codec, card.fingerprint, pictures, [int(s) for s in method.settings])
        else:
            codings = classic(method.method, pictures, settings=method.settings)
        return [
            (each.pictures, list(zip(each.file_bytes, each.payload_bytes, strict=True)))
            for each in codings
        ]

    return code


def _films(
    path: Path,
    windows: Windows,
    pixels: int,
    method: Method,
    settings: DriftSettings,
    rate: float,
    progress: Progress | None,
) -> Coder:
    """All squares of the clip in one file a setting: coded first, then played frame by frame."""
    speed = rate if np.isfinite(rate) else 25.0
    films = [Film(method.method, crf, pixels, speed) for crf in method.settings]
    count = 0
    with open_video(path) as video:
        for place, frame in enumerate(_looked_at(video, settings)):
            if windows.has_face(place):
                crop = windows.cut(frame.picture, place, pixels)
                count += 1
                for film in films:
                    film.add(crop)
            if place % BATCH == 0:
                _tell(progress, frame, video, settings, f"{path.name}: coding {method.name}")
    files = [film.close() for film in films]
    players = [play(file, method.method) for file in files]

    def code(crops: list[np.ndarray]):
        sizes = [(len(file) / count, float("nan")) for file in files]
        return [
            (list(islice(player, len(crops))), [share] * len(crops))
            for player, share in zip(players, sizes, strict=True)
        ]

    return code


class _Series:
    """A series in the making: its own tracker, the landmark models shared."""

    def __init__(self, settings: DriftSettings) -> None:
        self._settings = settings
        self._tracker = FaceTracker(_landmarker(), cutoff=settings.cutoff)
        self._rows = Rows(settings.emotions)

    def add(self, frame: Frame) -> None:
        self._rows.add(frame, self._tracker, self._settings.cutoff)

    def table(self) -> pd.DataFrame:
        emotions = EMOTIONS if self._settings.emotions else ()
        return self._rows.table()[[*_FRAME_COLUMNS, *BOX, *UNITS, *emotions]]


def _batches(frames: Iterable[Frame]) -> Iterator[list[Frame]]:
    """Up to ``BATCH`` frames at a time."""
    frames = iter(frames)
    while batch := list(islice(frames, BATCH)):
        yield batch


def _looked_at(video, settings: DriftSettings) -> Iterator[Frame]:
    """Each n-th frame, at most as many as are wanted."""
    chosen = (frame for frame in video if frame.number % settings.every == 0)
    return islice(chosen, settings.frames)


def _tell(
    progress: Progress | None, frame: Frame, video, settings: DriftSettings, text: str
) -> None:
    if progress is not None:
        expected = video.facts.expected or frame.number + 1
        if settings.frames is not None:
            expected = min(expected, settings.frames * settings.every)
        progress(min(frame.number + 1, expected), expected, text)


_own = threading.local()


def _landmarker() -> Landmarker:
    """Each thread's own."""
    if not hasattr(_own, "landmarker"):
        _own.landmarker = Landmarker(blendshapes=False)
    return _own.landmarker


@lru_cache(maxsize=2)
def _codec(id: str, fingerprint: str):
    return load_codec(id)
