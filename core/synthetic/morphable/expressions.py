"""Which expression shapes of the morphable face stand for which action units, and how to mix them."""

import numpy as np

from core.facs import MAX_INTENSITY, UNITS
from core.synthetic.morphable.model import MorphableFace

SHAPES_OF_UNITS: dict[str, str] = {
    "AU01": "browInnerUp",
    "AU02": "browOuterUp",
    "AU04": "browDown",
    "AU05": "eyeWide",
    "AU06": "cheekRaiser",
    "AU07": "eyeSquint",
    "AU09": "noseSneer",
    "AU10": "mouthUpperUp",
    "AU12": "mouthSmile",
    "AU14": "mouthDimple",
    "AU15": "mouthFrown",
    "AU17": "mouthShrugLower",
    "AU20": "mouthStretch",
    "AU23": "mouthPress",
    "AU26": "jawOpen",
    "AU45": "eyeBlink",
}
"""The shape of each unit; AU25 (lips part) has none: it is read off the gap between the lips."""

FULL_GAP = 1.8
"""Centimetres between the lips that count as AU25 at full intensity."""

PROTOTYPES: dict[str, dict[str, float]] = {
    "neutral": {},
    "happy": {"AU12": 1, "AU06": 0.7, "AU25": 0.7},
    "sad": {"AU15": 1, "AU04": 0.8, "AU01": 0.7, "AU17": 0.6, "AU06": 0.4},
    "fear": {
        "AU01": 0.9,
        "AU04": 0.6,
        "AU20": 0.8,
        "AU25": 0.8,
        "AU05": 0.7,
        "AU02": 0.5,
        "AU26": 0.4,
    },
    "angry": {"AU04": 1, "AU07": 0.7, "AU23": 0.7, "AU10": 0.3, "AU17": 0.4},
    "surprise": {"AU01": 1, "AU02": 1, "AU05": 0.8, "AU25": 0.9, "AU26": 0.9},
    "disgust": {"AU09": 0.9, "AU10": 0.8, "AU17": 0.5, "AU04": 0.4},
}
"""Expression -> unit -> chance that it takes part (after Du, Tao and Martinez 2014, table 1)."""


def truth(face: MorphableFace, person: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The 17 intensities (0..5) that expression ``weights`` (57,) of ``person`` stand for.

    A two-sided unit has the mean of its sides.
    """
    sides: dict[str, list[float]] = {}
    for name, value in zip(face.shapes, weights, strict=True):
        sides.setdefault(name.removesuffix("_L").removesuffix("_R"), []).append(float(value))
    level = {unit: float(np.mean(sides[shape])) for unit, shape in SHAPES_OF_UNITS.items()}
    level["AU25"] = face.lip_gap(person, weights) / FULL_GAP
    return MAX_INTENSITY * np.clip([level[unit] for unit in UNITS], 0, 1).astype(np.float32)


def sides_truth(face: MorphableFace, weights: np.ndarray) -> np.ndarray:
    """The intensities (17, 2) of the person's left and right side; both alike where a unit has none."""
    at = dict(zip(face.shapes, weights, strict=True))
    both = np.zeros((len(UNITS), 2), np.float32)
    for row, unit in enumerate(UNITS):
        shape = SHAPES_OF_UNITS.get(unit)
        if shape is not None:
            both[row] = [at.get(f"{shape}_{side}", at.get(shape, 0.0)) for side in "LR"]
    return MAX_INTENSITY * np.clip(both, 0, 1)


def perform_units(face: MorphableFace, intensities: dict[str, float]) -> np.ndarray:
    """Expression weights (57,) that show ``intensities`` (unit -> 0..5), both sides alike.

    AU23 also rolls the lips in a little; AU25 lowers the lower lip and the jaw a little.
    """
    level = {unit: value / MAX_INTENSITY for unit, value in intensities.items()}
    unknown = sorted(set(level) - set(UNITS))
    if unknown:
        raise ValueError(f"not among the 17 units: {', '.join(unknown)}")
    weights = {shape: level[unit] for unit, shape in SHAPES_OF_UNITS.items() if level.get(unit)}
    if level.get("AU23"):
        weights |= {"mouthRollUpper": 0.3 * level["AU23"], "mouthRollLower": 0.3 * level["AU23"]}
    if level.get("AU25"):
        weights["mouthLowerDown"] = level["AU25"]
        weights["jawOpen"] = max(weights.get("jawOpen", 0), 0.25 * level["AU25"])
    return face.weight(**weights)


def random_expression(face: MorphableFace, rng: np.random.Generator) -> np.ndarray:
    """Expression weights (57,): neutral, one unit alone, a prototype, or a few units at random."""
    kind = rng.choice(["neutral", "single", "prototype", "several"], p=[0.12, 0.28, 0.3, 0.3])
    units = list(UNITS)
    level: dict[str, float] = {}
    if kind == "single":
        level[str(rng.choice(units))] = rng.uniform(0.1, 1)
    elif kind == "prototype":
        strength = rng.uniform(0.3, 1)
        for unit, chance in PROTOTYPES[str(rng.choice(list(PROTOTYPES)))].items():
            if rng.random() < chance:
                level[unit] = min(1.0, strength * rng.uniform(0.6, 1.3))
    elif kind == "several":
        for unit in rng.choice(units, size=rng.integers(2, 7), replace=False):
            level[str(unit)] = rng.beta(1.2, 1.6)
    if kind != "single" and rng.random() < 0.12:
        level["AU45"] = rng.choice([1.0, rng.random()])
    if level.get("AU45", 0) > 0.3:
        level.pop("AU05", None)
    weights = perform_units(face, {unit: MAX_INTENSITY * value for unit, value in level.items()})
    weights = make_uneven(face, weights, rng)
    weights += other_motion(face, rng, calm=kind in ("neutral", "single"))
    return np.clip(weights, 0, 1)


def make_uneven(face: MorphableFace, weights: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Sides that differ a little, now and then a lot."""
    one_sided = rng.random() < 0.08
    tilt = rng.uniform(-1, 1) if one_sided else rng.normal(0, 0.06)
    side = np.array([name[-2:] for name in face.shapes])
    factor = np.where(side == "_L", 1 + tilt, np.where(side == "_R", 1 - tilt, 1.0))
    blink = np.array([name.startswith("eyeBlink") for name in face.shapes])
    return (weights * np.where(blink, 1, np.clip(factor, 0, 1.5))).astype(np.float32)


def other_motion(face: MorphableFace, rng: np.random.Generator, calm: bool) -> np.ndarray:
    """Motion that no unit of the 17 names: gaze, a jaw to the side, puckered or puffed lips."""
    across, up = rng.normal(0, 0.3), rng.normal(0, 0.25)
    moved = {
        "eyeLookOut_L": across, "eyeLookIn_R": across, "eyeLookIn_L": -across,
        "eyeLookOut_R": -across, "eyeLookUp": up, "eyeLookDown": -up,
    }  # fmt: skip
    if not calm:
        for name, chance in (
            ("jawLeft", 0.06), ("jawRight", 0.06), ("jawForward", 0.06), ("mouthLeft", 0.05),
            ("mouthRight", 0.05), ("mouthPucker", 0.08), ("mouthFunnel", 0.06),
            ("cheekPuff", 0.05), ("mouthRollLower", 0.06), ("mouthRollUpper", 0.06),
            ("mouthShrugUpper", 0.08), ("cheekSquint", 0.15),
        ):  # fmt: skip
            if rng.random() < chance:
                moved[name] = 0.6 * rng.random()
    return face.weight(**{name: max(0.0, value) for name, value in moved.items()})
