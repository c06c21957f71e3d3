"""One face followed through a video, and how many there are.

The rule for several faces: the largest one is followed; when it is lost, the one nearest to where it
was last seen is taken up.  The detector runs on frames without a face to follow, and on every
``recount``-th frame to count faces; the count stands until the next one.
"""

from dataclasses import dataclass

import numpy as np

from core.face.landmarks import LEAST_PRESENCE, Face, Landmarker

RECOUNT = 15
_LEAST_CANDIDATE = 0.1
"""A proposal of the detector with less presence is a mistake of its, not a face that is hard to see."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one frame shows.

    ``face``: the followed face, None if there is none.  ``presence``: 0..1, how sure the model is
    of it; without a face, of the detector's best candidate, 0 if there is none worth the name.
    ``faces``: how many were seen when the detector last looked, at least 1 with a face.
    ``detected``: whether it looked at this frame.
    """

    face: Face | None
    presence: float
    faces: int
    detected: bool


class FaceTracker:
    """Follows one face through the frames of a video, in order.

    ``recount``: frames between two counts of the faces (one detector run, about a tenth of a frame's
    work spread over 15).  Memory does not grow.  Not to be shared between threads.
    """

    def __init__(self, landmarker: Landmarker | None = None, *, recount: int = RECOUNT) -> None:
        self._landmarker = landmarker or Landmarker()
        self._recount = recount
        self._frames = 0
        self._faces = 0
        self._face: Face | None = None
        self._last: Face | None = None

    def see(self, picture: np.ndarray) -> Sighting:
        """The followed face in the next frame, uint8 (H, W, 3)."""
        face = self._follow(picture)
        due = self._frames % self._recount == 0
        detected = due or face is None
        presence = 0.0
        if face is None:
            candidates = self._landmarker.find(picture, thorough=due, least=_LEAST_CANDIDATE)
            presence = max((candidate.presence for candidate in candidates), default=0.0)
            seen = [each for each in candidates if each.presence >= LEAST_PRESENCE]
            face, self._faces = self._choose(seen), len(seen)
        elif due:
            self._faces = max(1, len(self._landmarker.detect(picture)))
        self._frames += 1
        self._face = face
        self._last = face or self._last
        if face is not None:
            presence = face.presence
        return Sighting(face, presence, self._faces, detected)

    def _follow(self, picture: np.ndarray) -> Face | None:
        """The face of the frame before, if it is still there."""
        if self._face is None:
            return None
        face = self._landmarker.measure(picture, self._face.region)
        return face if face.presence >= LEAST_PRESENCE else None

    def _choose(self, faces: list[Face]) -> Face | None:
        """Of faces, largest first: the nearest to the last one seen, or the largest."""
        if self._last is None or not faces:
            return faces[0] if faces else None
        return min(faces, key=lambda face: np.linalg.norm(face.centre - self._last.centre))
