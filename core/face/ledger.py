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

    def lines(self) -> list[str]:
        """The ledger in words, one line a count."""
        declared = "not declared" if self.expected is None else f"{self.expected:,}"
        rate = "variable frame rate" if self.variable_rate else "constant frame rate"
        return [
            f"expected       {declared}",
            f"decoded        {self.decoded:,} ({self.duration:.2f} s, {rate})",
            f"missing        {self.missing:,} (declared but not decoded; {self.damaged:,} bad packets)",
            f"dropped        {self.dropped:,} (gaps between the times)",
            f"duplicate      {self.duplicate:,} (not later than the frame before)",
            f"skipped        {self.skipped:,} (on request)",
            f"no face        {self.no_face:,}",
            f"below cut-off  {self.below_cutoff:,}",
            f"measured       {self.measured:,} ({self.several_faces:,} with several faces)",
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
