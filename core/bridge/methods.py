"""Which codecs a clip is sent through, and at which of their settings."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core import checkpoints
from core.codec.classical import SETTINGS
from core.codec.quality import LAST_QUALITY_INDEX
from core.errors import InputError
from core.methods import CLASSICAL

ORIGINAL = "original"
"""No codec at all: raw pixels cut out and pasted back.  Its drift is that of the scaling alone."""

CRF: dict[str, tuple[float, float]] = {"h264": (51, 18), "hevc": (51, 18), "av1": (63, 20)}
"""Constant rate factors of the video codecs, from the fewest bits to visually lossless."""

STEPS = 6
_DEFAULT = (ORIGINAL, "baseline", "codec", "joint", "jpeg", "webp", "avif", *CRF)


@dataclass(frozen=True, slots=True)
class Method:
    """One codec with the settings that it is tried at, from the fewest bits up.

    ``name`` tells it from all others: the id of its checkpoint, or the method's.  ``codec``: the
    checkpoint, None for others than the learned ones.  ``fingerprint``: of its weights.
    """

    name: str
    method: str
    settings: tuple[float, ...]
    codec: str | None = None
    gamma: float | None = None
    seed: int | None = None
    fingerprint: str = ""

    @property
    def is_film(self) -> bool:
        """Whether frames are coded together."""
        return self.method in CRF


def methods(names: Sequence[str] | None = None, steps: int = STEPS) -> list[Method]:
    """The methods that ``names`` (methods or ids of checkpoints) mean, each at ``steps`` settings.

    By default the original, every learned codec that has a card, JPEG, WebP, AVIF and the video
    codecs.  Raises InputError that lists the names that mean nothing.
    """
    if steps < 2:
        raise InputError(f"{steps} settings make no curve; take at least 2.")
    known = _known(steps)
    if not names:
        return [each for each in known if each.method in _DEFAULT]
    unknown = [name for name in names if not any(name in (m.name, m.method) for m in known)]
    if unknown:
        raise InputError(
            f"Not known: {', '.join(unknown)}. Known: {', '.join(each.name for each in known)}."
        )
    return [each for each in known if each.name in names or each.method in names]


def _known(steps: int) -> list[Method]:
    methods = [Method(ORIGINAL, ORIGINAL, (0.0,))]
    quality_indices = tuple(
        float(index) for index in np.linspace(0, LAST_QUALITY_INDEX, steps).round()
    )
    for card in checkpoints.cards("codec"):
        learned = Method(
            card.id, card.method, quality_indices, card.id, card.gamma, card.seed, card.fingerprint
        )
        methods.append(learned)
    for name in CLASSICAL:
        places = np.unique(np.linspace(0, len(SETTINGS[name]) - 1, steps).round().astype(int))
        methods.append(Method(name, name, tuple(float(SETTINGS[name][i]) for i in places)))
    for name, (coarse, fine) in CRF.items():
        methods.append(Method(name, name, tuple(np.linspace(coarse, fine, steps).round().tolist())))
    return methods
