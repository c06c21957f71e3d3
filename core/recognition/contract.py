"""What a classifier is: anything that looks at faces and says which expression they show.

Ours, a stranger's (trained by somebody else), or a user's own: all take the same pictures and answer in
the order of :data:`~core.expressions.EXPRESSIONS`, so that one curve may be read by any of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from core.expressions import EXPRESSIONS
from core.recognition.reading import centre_square

_BATCH = 32

OURS, STRANGER, OWN = "ours", "stranger", "own"
"""Kinds: trained here, trained by somebody else, brought by the user."""


@dataclass(frozen=True, slots=True, eq=False)
class Classifier:
    """A classifier of expressions, whoever trained it.

    ``id`` names it in tables, ``title`` on screen.  ``fingerprint``: SHA-256 of its weights.
    ``read_faces`` maps uint8 faces (n, 64, 64, 3) to probabilities (n, 7), float32, in the order of
    ``EXPRESSIONS``; it may be called from several threads.
    """

    id: str
    title: str
    kind: str
    fingerprint: str
    read_faces: Callable[[np.ndarray], np.ndarray]

    def read(self, pictures: Sequence[np.ndarray]) -> np.ndarray:
        """Probabilities (n, 7), rows sum to 1, of uint8 pictures (H, W) or (H, W, 3) of any size.

        The centre square of each is seen at 64x64.
        """
        if not len(pictures):
            return np.empty((0, len(EXPRESSIONS)), np.float32)
        faces = as_faces(pictures)
        parts = [self.read_faces(faces[i : i + _BATCH]) for i in range(0, len(faces), _BATCH)]
        return np.concatenate(parts)


def as_faces(pictures: Sequence[np.ndarray]) -> np.ndarray:
    """uint8 (n, 64, 64, 3): the centre squares of pictures (H, W) or (H, W, 3), bicubic; grey repeated."""
    return np.stack([centre_square(picture) for picture in pictures])


def luma(faces: np.ndarray) -> np.ndarray:
    """Grey (n, H, W), float32 in 0..255 and rounded, of colour (n, H, W, 3): ITU-R BT.601."""
    return np.rint(faces.astype(np.float32) @ np.array((0.299, 0.587, 0.114), np.float32))


def in_our_order(probabilities: np.ndarray, classes: Sequence[str]) -> np.ndarray:
    """Columns (n, 7) that are in the order of ``classes`` brought to that of ``EXPRESSIONS``."""
    return probabilities[:, [list(classes).index(name) for name in EXPRESSIONS]]
