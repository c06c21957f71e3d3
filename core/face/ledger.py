"""Where every frame of a video went."""

from dataclasses import asdict, dataclass

import numpy as np

_IRREGULAR = 0.1


@dataclass(frozen=True, slots=True)
class Ledger:
    """A count of frames.

    ``expected``: what the container declares, None where it declares nothing.  ``decoded``: pictures
    that came out.  ``missing``: declared, but not decoded.  ``dropped``: intervals that the times
    leave out, against the usual one; 0 where the rate varies by design (``variable_rate``), since a
    pause is then no loss.  ``duplicate``: frames that are not later than the one before.
    ``skipped``: left out on request (every n-th frame).  The frames looked at are
    ``no_face + below_cutoff + measured``.  ``damaged``: packets that could not be decoded.

    ``decoded == skipped + no_face + below_cutoff + measured``, and
    ``decoded + missing >= expected``.
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

    def counts(self) -> list[tuple[str, int | None, str]]:
        """What was counted, how many frames, and what that means."""
        rate = "variable frame rate" if self.variable_rate else "constant frame rate"
        return [
            ("expected", self.expected, "what the container declares"),
            ("decoded", self.decoded, f"{self.duration:.2f} s, {rate}"),
            ("missing", self.missing, f"declared but not decoded; {self.damaged:,} bad packets"),
            ("dropped", self.dropped, "gaps between the times"),
            ("duplicate", self.duplicate, "not later than the frame before"),
            ("skipped", self.skipped, "on request"),
            ("no face", self.no_face, "not measured"),
            ("below cut-off", self.below_cutoff, "a face too uncertain to be measured"),
            ("measured", self.measured, f"{self.several_faces:,} with several faces"),
        ]

    def lines(self) -> list[str]:
        """The ledger in words, one line a count."""
        return [
            f"{name:<14} {'not declared' if frames is None else f'{frames:,}'} ({meaning})"
            for name, frames, meaning in self.counts()
        ]

    def as_dict(self) -> dict:
        """For JSON."""
        return asdict(self)


class Times:
    """What the times of the frames tell, gathered as they come; a few bytes a frame."""

    def __init__(self) -> None:
        self._times: list[float] = []

    def add(self, time: float) -> None:
        """The next frame's time in seconds."""
        self._times.append(time)

    def __len__(self) -> int:
        return len(self._times)

    def judge(self) -> tuple[int, int, bool]:
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
