"""Which ways of storing a recording are tried: a plan of searches, each a bisection of the rate factor."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from core.bridge.encoders import ENCODERS, FILM_METHODS, PLAIN
from core.bridge.recordings import Recording
from core.errors import InputError

HEIGHTS = (None, 480, 360)
FACES = (240, 120, 60)
"""Widths of the face in pixels that are offered beside heights: units change with the face's size."""
RATES = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Size:
    """A clip as it is shown: ``height`` of its pictures and median ``face_width``, in pixels."""

    height: int
    face_width: float


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be searched: a bisection for every codec, size and frame rate.

    ``heights``: lines, None for the clip's own; ``faces``: widths of the face in pixels, sizes too;
    ``rates``: each n-th frame.  ``before``: what the recordings were stored as first.  ``presets``:
    pairs of a codec and its preset, the encoder's usual one for the others.  ``pixels`` and ``gop``
    as in :class:`core.bridge.recordings.Recording`, for every codec.
    """

    methods: tuple[str, ...] = FILM_METHODS
    heights: tuple[int | None, ...] = HEIGHTS
    rates: tuple[int, ...] = RATES
    before: Recording | None = None
    faces: tuple[int, ...] = ()
    presets: tuple[tuple[str, str], ...] = ()
    pixels: str = PLAIN
    gop: int | None = None

    def __post_init__(self) -> None:
        if not (self.methods and (self.heights or self.faces) and self.rates):
            raise InputError("Choose at least one codec, one size and one frame rate.")
        strange = [codec for codec, _ in self.presets if codec not in self.methods]
        if strange:
            raise InputError(
                f"A preset is given for {', '.join(strange)}, which is not among the codecs that are "
                f"tried: {', '.join(self.methods)}."
            )
        self.searches()  # refuses what cannot be stored

    def searches(self) -> list["Search"]:
        """One for every combination; InputError for a setting that cannot be."""
        sizes = [(lines, None) for lines in self.heights] + [(None, face) for face in self.faces]
        return [
            Search(self._finest(method, lines, face, every))
            for method in self.methods
            for lines, face in sizes
            for every in self.rates
        ]

    def _finest(self, method: str, lines: int | None, face: int | None, every: int) -> Recording:
        if method not in ENCODERS:
            raise InputError(f"{method!r} is no codec for films: {', '.join(ENCODERS)}.")
        return Recording(
            method, ENCODERS[method].fine, lines, every, self.before, face,
            dict(self.presets).get(method, ""), self.pixels, self.gop,
        )  # fmt: skip

    def within(self, sizes: Mapping[str, Size]) -> "Plan":
        """The plan without sizes that make no clip smaller: nothing is ever enlarged.

        Raises InputError where no size is left.
        """
        heights = tuple(
            lines
            for lines in self.heights
            if lines is None or any(lines < size.height for size in sizes.values())
        )
        faces = tuple(
            face for face in self.faces if any(face < size.face_width for size in sizes.values())
        )
        if not heights and not faces:
            largest = max(sizes.values(), key=lambda size: size.height)
            widest = max(size.face_width for size in sizes.values())
            raise InputError(
                f"None of the sizes makes these clips smaller: they have at most {largest.height} "
                f"lines, and faces of at most {widest:.0f} pixels. Add their own size."
            )
        return replace(self, heights=heights, faces=faces)

    def most_measurements(self, clips: int) -> int:
        """Clips stored and measured, at most."""
        return clips * sum(search.most_steps for search in self.searches())


class Search:
    """The bisection of the rate factor with everything else as in ``finest``, which is tried first."""

    def __init__(self, finest: Recording) -> None:
        self._finest = finest
        encoder = finest.encoder
        self._fine, self._coarse = encoder.fine, encoder.coarse + 1  # passed, failed
        self._begun = False

    @property
    def most_steps(self) -> int:
        """Settings that are tried at most: the finest, then halves."""
        encoder = self._finest.encoder
        return 1 + int(np.ceil(np.log2(encoder.coarse + 1 - encoder.fine)))

    def recording(self, quality: int) -> Recording:
        """At one rate factor."""
        return replace(self._finest, quality=quality)

    @property
    def next(self) -> Recording | None:
        """What to try next; None when the search is over."""
        if not self._begun:
            return self.recording(self._fine)
        if self._coarse - self._fine <= 1:
            return None
        return self.recording((self._fine + self._coarse) // 2)

    def tell(self, passed: bool) -> None:
        """What came of :attr:`next`."""
        tried = self.next
        if tried is None:
            raise ValueError("the search is over")
        if not self._begun:
            self._begun = True
            if not passed:
                self._coarse = self._fine  # even the finest fails
            return
        if passed:
            self._fine = tried.quality
        else:
            self._coarse = tried.quality
