"""One face followed through a video, whether it can still be the same person, and how many there are.

The rule for several faces: the largest one is followed; when it is lost, the one nearest to where it
was last seen is taken up.  A track is a stretch in which the face was never out of sight for long, did
not jump or become another picture, and no scene was cut: within a track it is one person, between two
it may be another.

The detector runs on frames without a face to follow, and on every ``recount``-th frame to count faces;
the count stands until the next one.
"""

from dataclasses import dataclass

import numpy as np

from core.face.cuts import SceneCuts
from core.face.landmarks import LEAST_PRESENCE, Face, Landmarker

RECOUNT = 15
_THOROUGH = 10
"""Every so many counts also small faces are looked for; in between, those known are looked up."""
_LEAST_CANDIDATE = 0.1
"""A proposal of the detector with less presence is a mistake of its, not a face that is hard to see."""
_JUMP, _GROWTH = 1.0, 1.6
"""A face taken up again more than a width away, or so many times larger or smaller, begins a track."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one frame shows.

    ``face``: the followed face, None if there is none.  ``presence``: 0..1, how sure the model is
    of it; without a face, of the detector's best candidate, 0 if there is none worth the name.
    ``faces``: how many were seen at the last count, at least 1 with a face.  ``detected``: whether
    the detector looked at this frame.  ``track``: number of the stretch without a break that the
    face belongs to, from 0; that of the last face where there is none.  ``cut``: whether a new
    scene begins with this frame.
    """

    face: Face | None
    presence: float
    faces: int
    detected: bool
    track: int = 0
    cut: bool = False


class FaceTracker:
    """Follows one face through the frames of a video, in order.

    ``recount``: frames between two counts of the faces (one detector run, about a tenth of a frame's
    work spread over 15).  ``cutoff``: least presence that will count; below the usual 0.5, less
    certain faces are followed too.  Memory does not grow.  Not to be shared between threads.
    """

    def __init__(
        self,
        landmarker: Landmarker | None = None,
        *,
        recount: int = RECOUNT,
        cutoff: float = LEAST_PRESENCE,
    ) -> None:
        self._landmarker = landmarker or Landmarker()
        self._recount = recount
        self._least = min(LEAST_PRESENCE, cutoff)
        self._cuts = SceneCuts()
        self._frames = self._lost = self._counts = 0
        self._track = -1
        self._broken = False
        self._face: Face | None = None
        self._last: Face | None = None
        self._others: list[Face] = []

    def see(self, picture: np.ndarray) -> Sighting:
        """The followed face in the next frame, uint8 (H, W, 3)."""
        cut = self._cuts.begins(picture)
        replaced = self._face is not None and self._cuts.replaced(self._face.box)
        self._broken |= cut
        if cut or replaced:
            self._face = None
        face = self._follow(picture)
        due = cut or replaced or self._frames % self._recount == 0
        detected = due or face is None
        presence = 0.0
        if face is None:
            face, presence = self._take_up(picture, thorough=due, new=replaced)
        elif due:
            self._count(picture, face)
        self._frames += 1
        self._lost = 0 if face is not None else self._lost + 1
        self._face = face
        self._last = face or self._last
        faces = len(self._others) + (face is not None)
        presence = presence if face is None else face.presence
        return Sighting(face, presence, faces, detected, max(0, self._track), cut)

    def _follow(self, picture: np.ndarray) -> Face | None:
        """The face of the frame before, if it is still there."""
        if self._face is None:
            return None
        face = self._landmarker.measure(picture, self._face.region)
        return face if face.presence >= max(self._least, _LEAST_CANDIDATE) else None

    def _take_up(
        self, picture: np.ndarray, *, thorough: bool, new: bool
    ) -> tuple[Face | None, float]:
        """The face to follow from now on, None if there is none, and the best candidate's presence.

        ``new``: the face of the frame before became another picture.
        """
        least = min(self._least, _LEAST_CANDIDATE)
        candidates = self._landmarker.find(picture, thorough=thorough, least=least)
        presence = max((candidate.presence for candidate in candidates), default=0.0)
        seen = [each for each in candidates if each.presence >= self._least]
        face = self._nearest_or_largest(seen)
        if not thorough:
            seen += [each for each in self._seen_again(picture) if not _known(each, seen)]
        self._others = [each for each in seen if each is not face]
        if face is not None and (new or self._begins_track(face)):
            self._track += 1
        self._broken &= face is None
        return face, presence

    def _nearest_or_largest(self, faces: list[Face]) -> Face | None:
        """Of faces, largest first: the nearest to the last one seen, or the largest."""
        if self._last is None or not faces:
            return faces[0] if faces else None
        return min(faces, key=lambda face: np.linalg.norm(face.centre - self._last.centre))

    def _begins_track(self, face: Face) -> bool:
        """Whether a face that is taken up may be another person than the one before."""
        if self._last is None or self._broken or self._lost > self._recount:
            return True
        size, before = (np.sqrt(max(each.area, 1.0)) for each in (face, self._last))
        moved = np.linalg.norm(face.centre - self._last.centre)
        return bool(moved > _JUMP * max(size, before) or not 1 / _GROWTH < size / before < _GROWTH)

    def _count(self, picture: np.ndarray, face: Face) -> None:
        """See which other faces there are besides the one that is followed."""
        self._counts += 1
        if self._counts % _THOROUGH == 0:
            seen = self._landmarker.find(picture, thorough=True)
            self._others = [each for each in seen if not face.shares_place(each)]
            return
        others = [each for each in self._seen_again(picture) if not face.shares_place(each)]
        for candidate in self._landmarker.detect(picture):
            if not any(each.holds(candidate.middle) for each in (face, *others)):
                other = self._landmarker.measure(picture, candidate.region)
                if other.presence >= LEAST_PRESENCE and not _known(other, [face, *others]):
                    others.append(other)
        self._others = others

    def _seen_again(self, picture: np.ndarray) -> list[Face]:
        """Those of the other faces that are still about where they were, each once."""
        again: list[Face] = []
        for other in self._others:
            face = self._landmarker.measure(picture, other.region)
            if face.presence >= LEAST_PRESENCE and not _known(face, again):
                again.append(face)
        return again


def _known(face: Face, faces: list[Face]) -> bool:
    """Whether a face is one of ``faces``."""
    return any(map(face.shares_place, faces))
