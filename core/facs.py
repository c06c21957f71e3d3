"""The action units of FACS that ExpressRate speaks of: their names, and the emotions they compose.

Neutral ground: both ``core.face`` (which estimates units) and ``core.cohort`` (which reads tables
of them) import it.
"""

from collections.abc import Mapping

UNITS: dict[str, str] = {
    "AU01": "inner brow raiser",
    "AU02": "outer brow raiser",
    "AU04": "brow lowerer",
    "AU05": "upper lid raiser",
    "AU06": "cheek raiser",
    "AU07": "lid tightener",
    "AU09": "nose wrinkler",
    "AU10": "upper lip raiser",
    "AU12": "lip corner puller",
    "AU14": "dimpler",
    "AU15": "lip corner depressor",
    "AU17": "chin raiser",
    "AU20": "lip stretcher",
    "AU23": "lip tightener",
    "AU25": "lips part",
    "AU26": "jaw drop",
    "AU45": "blink",
}
"""The 17 units that OpenFace gives an intensity (0..5), in its order."""

OTHER_UNITS: dict[str, str] = {
    "AU11": "nasolabial deepener",
    "AU16": "lower lip depressor",
    "AU18": "lip pucker",
    "AU22": "lip funneler",
    "AU24": "lip pressor",
    "AU27": "mouth stretch",
    "AU28": "lip suck",
    "AU43": "eyes closed",
}
"""Units that other programs report and we read, but do not estimate."""

COMPOSITES: dict[str, tuple[str, ...]] = {
    "happiness": ("AU06", "AU12"),
    "sadness": ("AU01", "AU04", "AU15"),
    "surprise": ("AU01", "AU02", "AU05", "AU26"),
    "fear": ("AU01", "AU02", "AU04", "AU05", "AU07", "AU20", "AU26"),
    "anger": ("AU04", "AU05", "AU07", "AU23"),
    "disgust": ("AU09", "AU15"),
    "contempt": ("AU12", "AU14"),
}
"""Emotion -> the units whose intensities it sums.

Happiness and sadness as in arXiv 2407.13753; the others after EMFACS (Friesen and Ekman 1983), of
which disgust is often given with AU16 too, a unit that is not among the 17.  Contempt is one-sided
in FACS; intensities of both sides together cannot tell.
"""


def distinct(
    parts: Mapping[str, tuple[str, ...]],
) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    """Composites that still say something of their own, and for the others the reason.

    ``parts``: composite -> the units of it that are left, for instance those that are validated.  A
    composite that lost units is taken out if one unit is left (it is that unit) or if another has the
    same ones left.
    """
    remaining, reasons = {}, {}
    for name, units in parts.items():
        same = [n for n, other in parts.items() if n != name and set(other) == set(units)]
        if set(units) == set(COMPOSITES.get(name, units)):
            remaining[name] = units
        elif not units:
            reasons[name] = f"{name} has no unit left"
        elif len(units) == 1:
            also = f", as is {' and '.join(same)}" if same else ""
            reasons[name] = f"{name} is {units[0]} alone{also}"
        elif same:
            reasons[name] = f"{name} is the same as {' and '.join(same)} ({' + '.join(units)})"
        else:
            remaining[name] = units
    return remaining, reasons


BLENDSHAPES_OF_UNITS: dict[str, tuple[str, ...]] = {
    "AU01": ("browInnerUp",),
    "AU02": ("browOuterUpLeft", "browOuterUpRight"),
    "AU04": ("browDownLeft", "browDownRight"),
    "AU05": ("eyeWideLeft", "eyeWideRight"),
    "AU06": ("cheekSquintLeft", "cheekSquintRight"),
    "AU07": ("eyeSquintLeft", "eyeSquintRight"),
    "AU09": ("noseSneerLeft", "noseSneerRight"),
    "AU10": ("mouthUpperUpLeft", "mouthUpperUpRight"),
    "AU12": ("mouthSmileLeft", "mouthSmileRight"),
    "AU14": ("mouthDimpleLeft", "mouthDimpleRight"),
    "AU15": ("mouthFrownLeft", "mouthFrownRight"),
    "AU17": ("mouthShrugLower",),
    "AU20": ("mouthStretchLeft", "mouthStretchRight"),
    "AU23": ("mouthPressLeft", "mouthPressRight"),
    "AU25": ("mouthLowerDownLeft", "mouthLowerDownRight", "jawOpen"),
    "AU26": ("jawOpen",),
    "AU45": ("eyeBlinkLeft", "eyeBlinkRight"),
}
"""The blendshapes (ARKit's names) of the same motion: what one would use for a unit without fitting."""

MAX_INTENSITY = 5.0
"""The top of the intensity scale: FACS's A to E are 1 to 5, 0 is absent."""


def unit_label(unit: str) -> str:
    """``AU12`` -> ``AU12 lip corner puller``; a unit we have no name for comes back as it is."""
    name = UNITS.get(unit) or OTHER_UNITS.get(unit)
    return f"{unit} {name}" if name else unit
