"""Where every frame of a video went."""

from dataclasses import asdict, dataclass

import numpy as np

_IRREGULAR = 0.1
_SMALL = 60  # pixels of a face's width


@dataclass(frozen=True, slots=True)
class Ledger:
    """A count of frames, and what else must be known about them.

    ``expected``: what the container declares, None where it declares nothing; an estimate from
    duration and rate unless ``counted``.  ``decoded``: pictures that came out.  ``hidden``: left out
    by the file's edit list, as players do.  ``missing``: declared, but neither.  ``dropped``:
    intervals that the times leave out, against the usual one; 0 where the rate varies by design
    (``variable_rate``), since a pause is then no loss.  ``duplicate``: frames that are not later than
    the one before.  ``damaged``: packets that could not be decoded at all.

    Every decoded frame is in one of five: ``decoded == skipped + patched + no_face + below_cutoff +
    measured``.  ``skipped``: left out on request (every n-th frame).  ``patched``: the picture, or one
    that it is built upon, is damaged or lost; it is marked and not measured (what of damage can be
    seen and what cannot: :mod:`core.face.packets`).

    Of the measured: ``several_faces``, ``upside_down`` (turned by more than a right angle; measured
    as if upright).  ``tracks``: stretches with one face without a break; between two of them it may
    be another person.  ``cuts``: times at which a new scene begins.  ``resized``: frames stored in
    another size than the first, shown in the first one's.  ``face_width``: median, in pixels of the
    picture, NaN without a face.  ``offset``: time of the first picture on the file's clock, seconds.
    """

    expected: int | None
    decoded: int
    missing: int
    dropped: int
    duplicate: int
    skipped: int
    no_face: int
    below_cutoff: int
    measured: int
    several_faces: int
    damaged: int
    variable_rate: bool
    duration: float
    counted: bool = True
    hidden: int = 0
    patched: int = 0
    upside_down: int = 0
    tracks: int = 1
    cuts: tuple[float, ...] = ()
    resized: int = 0
    face_width: float = float("nan")
    offset: float = 0.0

    def counts(self) -> list[tuple[str, int | None, str]]:
        """What was counted, how many frames, and what that means."""
        rate = "variable frame rate" if self.variable_rate else "constant frame rate"
        source = "what the container declares" if self.counted else "from the duration and the rate"
        return [
            ("expected", self.expected, source),
            ("decoded", self.decoded, f"{self.duration:.2f} s, {rate}"),
            ("hidden", self.hidden, "left out by the file's edit list, as players do"),
            ("missing", self.missing, f"declared but not decoded; {self.damaged:,} bad packets"),
            ("dropped", self.dropped, "gaps between the times"),
            ("duplicate", self.duplicate, "not later than the frame before"),
            ("skipped", self.skipped, "on request"),
            ("patched", self.patched, "damaged pictures, not measured"),
            ("no face", self.no_face, "not measured"),
            ("below cut-off", self.below_cutoff, "a face too uncertain to be measured"),
            ("measured", self.measured, f"{self.several_faces:,} with several faces"),
        ]

    def remarks(self) -> list[str]:
        """Sentences on what a reader of the numbers should know besides the counts; often none."""
        said = []
        if self.patched:
            said.append(
                f"{self.patched:,} pictures are damaged in the file, built upon one that is damaged or "
                "lost, or doubtful (HEVC, VP8, VP9 and AV1 show damage before it is noticed, so all since "
                "the key picture before is); they are marked and not measured. Changed bits that decode "
                "to a picture all the same are not noticed: often in those codecs, rarely in H.264."
            )
        if self.hidden:
            said.append(
                f"{self.hidden:,} frames are in the file but left out by its edit list (it was "
                "trimmed); players do not show them either."
            )
        if self.tracks > 1:
            said.append(
                f"The face was lost or the scene changed: {self.tracks:,} stretches (column track) may "
                "show different people."
            )
        if self.cuts:
            times = ", ".join(f"{time:.2f}" for time in self.cuts[:6])
            more = ", ..." if len(self.cuts) > 6 else ""
            said.append(f"{len(self.cuts):,} scene cuts, at {times}{more} s.")
        if self.upside_down:
            said.append(
                f"In {self.upside_down:,} frames the face is upside down; it was turned to be measured."
            )
        if self.resized:
            said.append(
                f"{self.resized:,} frames are stored in another size than the first; they were scaled "
                "to it, as players do."
            )
        if self.offset > 0.0005:
            said.append(
                f"The first picture comes at {self.offset:.3f} s of the file; times count from the "
                "file's beginning, as players and event logs do."
            )
        if self.face_width < _SMALL:
            said.append(
                f"The face is {self.face_width:.0f} pixels wide (median); under {_SMALL} the units "
                "lose precision."
            )
        return said

    def lines(self) -> list[str]:
        """The ledger in words, one line a count, then the remarks."""
        counts = [
            f"{name:<14} {'not declared' if frames is None else f'{frames:,}'} ({meaning})"
            for name, frames, meaning in self.counts()
        ]
        return [*counts, *self.remarks()]

    def as_dict(self) -> dict:
        """For JSON; NaN becomes None."""
        plain = asdict(self)
        return plain | {"face_width": None if np.isnan(self.face_width) else self.face_width}


def missing_frames(facts, decoded: int, hidden: int, variable_rate: bool) -> int:
    """Frames that a container declares (``facts``: VideoFacts) and that did not come out.

    An estimate from duration and rate is a frame or half a percent off, and says nothing of a video
    whose rate varies.
    """
    lacking = (facts.expected or 0) - decoded - hidden
    if not facts.counted and (variable_rate or lacking <= 1 + 0.005 * decoded):
        return 0
    return max(0, lacking)


class Times:
    """What the times of the frames tell, gathered as they come; a few bytes a frame."""

    def __init__(self) -> None:
        self._times: list[float] = []

    def add(self, time: float) -> None:
        """The next frame's time in seconds."""
        self._times.append(time)

    def __len__(self) -> int:
        return len(self._times)

    def irregularities(self) -> tuple[int, int, bool]:
        """Dropped and duplicate frames, and whether the rate varies by design."""
        steps = np.diff(np.array(self._times))
        forward = steps[steps > 0]
        duplicate = int((steps <= 0).sum())
        if len(forward) == 0:
            return 0, duplicate, False
        usual = float(np.median(forward))
        # containers round times: mkv and webm to 1 ms, gif to 10 ms
        tolerance = max(0.1 * usual, 0.0015 if usual < 0.1 else 0.011)
        in_intervals = forward / usual
        whole = np.abs(forward - np.rint(in_intervals) * usual) <= tolerance * np.rint(in_intervals)
        odd = ~whole | (in_intervals < 0.5)
        if odd.mean() > _IRREGULAR:
            return 0, duplicate, True
        return int((np.rint(in_intervals[~odd]) - 1).sum()), duplicate, False

    @property
    def span(self) -> float:
        """Seconds from the first frame to the last."""
        return self._times[-1] - self._times[0] if self._times else 0.0
