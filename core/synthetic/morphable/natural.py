"""Natural motion: what real faces do, put on the morphable face, with low intensities on purpose.

The landmarker's blendshapes of real faces tell which motions go together.  They are read onto the
shapes of the same name; where the landmarker is blind (cheeks, nose) the shape follows what it comes
with.
"""

import numpy as np

from core.face.landmarks import BLENDSHAPES
from core.facs import MAX_INTENSITY, UNITS
from core.synthetic.morphable.expressions import make_uneven, other_motion, perform_units
from core.synthetic.morphable.model import MorphableFace

_SHARES = {"natural": 0.4, "speech": 0.12, "units": 0.4, "rest": 0.08}
_REST = 0.08
"""Blendshapes below this are the landmarker's idea of a face at rest, not motion."""
_GAIN = 1.5
"""The landmarker's blendshapes of a full motion end at about two thirds."""
_COMPANIONS = {
    "cheekRaiser": (("mouthSmile", 0.6), ("eyeSquint", 0.4)),
    "noseSneer": (("mouthUpperUp", 0.8),),
    "mouthDimple": (("mouthPress", 0.4), ("mouthSmile", 0.2)),
}
"""Shape that the landmarker does not see -> shapes it comes with, and in what size."""


def natural_expression(
    face: MorphableFace, motion: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Expression weights (57,): a real face's motion, speech, or a few units; half of it is small.

    ``motion`` (n, 52): blendshapes of real faces, 0..1.
    """
    kind = str(rng.choice(list(_SHARES), p=list(_SHARES.values())))
    weights = np.zeros(len(face.shapes), np.float32)
    if kind == "natural":
        weights = retarget(face, motion[rng.integers(len(motion))], rng) * rng.uniform(0.3, 1.4)
        weights += _some_units(face, rng, rng.integers(0, 3))
    elif kind == "speech":
        weights = _speech(face, rng) + _some_units(face, rng, rng.integers(0, 4))
    elif kind == "units":
        weights = _some_units(face, rng, rng.integers(1, 7))
    weights = _close_lips(face, np.clip(weights, 0, 1), rng)
    weights = make_uneven(face, np.clip(weights, 0, 1), rng)
    weights += other_motion(face, rng, calm=kind in ("rest", "units"))
    return np.clip(weights, 0, 1)


def retarget(face: MorphableFace, shapes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Expression weights (57,) that repeat a real face's blendshapes (52,)."""
    named = {}
    for name, value in zip(BLENDSHAPES, shapes, strict=True):
        side = {"Left": "_L", "Right": "_R"}
        ending = next((e for e in side if name.endswith(e)), None)
        ours = (
            name
            if name in face.shapes or ending is None
            else name.removesuffix(ending) + side[ending]
        )
        named[ours] = _GAIN * max(0.0, float(value) - _REST)
    inner = named.pop("browInnerUp", 0.0)
    named |= {"browInnerUp_L": inner, "browInnerUp_R": inner}
    for shape, parts in _COMPANIONS.items():
        if rng.random() < 0.8:
            strength = rng.uniform(0, 1.3)
            for side in ("_L", "_R"):
                level = sum(size * named.get(part + side, 0.0) for part, size in parts)
                named[shape + side] = max(named.get(shape + side, 0.0), strength * level)
    weights = np.zeros(len(face.shapes), np.float32)
    for i, shape in enumerate(face.shapes):
        if shape in named:
            weights[i] = min(1.0, named[shape])
    return weights


def _some_units(face: MorphableFace, rng: np.random.Generator, count: int) -> np.ndarray:
    """A few units at random; half of their intensities are below 2."""
    units = [unit for unit in UNITS if unit != "AU45"]
    chosen = {
        str(u): MAX_INTENSITY * rng.beta(1.0, 1.4) for u in rng.choice(units, count, replace=False)
    }
    if rng.random() < 0.15:
        chosen["AU45"] = MAX_INTENSITY * rng.choice([1.0, rng.random()])
    if chosen.get("AU45", 0) > 1.5:
        chosen.pop("AU05", None)
    return perform_units(face, chosen)


def _speech(face: MorphableFace, rng: np.random.Generator) -> np.ndarray:
    """A mouth in the middle of a word."""
    jaw = rng.beta(1.2, 3.0)
    moved = {
        "jawOpen": jaw,
        "mouthFunnel": rng.beta(0.8, 3),
        "mouthPucker": rng.beta(0.6, 4),
        "mouthLowerDown": rng.beta(1, 3),
        "mouthUpperUp": rng.beta(1, 6),
        "mouthStretch": rng.beta(0.7, 6),
        "mouthPress": 0.5 * rng.random() if jaw < 0.05 else 0.0,
        "mouthRollLower": rng.beta(0.5, 6),
    }
    return face.weight(**moved)


def _close_lips(face: MorphableFace, weights: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Now and then lips that stay shut over a dropped jaw: parting and dropping are two things."""
    jaw = weights[face.shapes.index("jawOpen")]
    if jaw > 0.05 and rng.random() < 0.2:
        weights[face.shapes.index("mouthClose")] = jaw * rng.uniform(0.4, 1.0)
        lower = [i for i, shape in enumerate(face.shapes) if shape.startswith("mouthLowerDown")]
        weights[lower] *= rng.uniform(0, 0.5)
    return weights
