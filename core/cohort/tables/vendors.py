"""Tables of commercial programs and of face rigs: FaceReader, iMotions, Affectiva, ARKit, MediaPipe."""

from core.cohort.tables.dialect import Dialect, all_of, columns_like, first_of
from core.facs import BLENDSHAPES_OF_UNITS

_AFFDEX = {
    "AU01": "innerBrowRaise",
    "AU02": "browRaise",
    "AU04": "browFurrow",
    "AU05": "eyeWiden",
    "AU06": "cheekRaise",
    "AU07": "lidTighten",
    "AU09": "noseWrinkle",
    "AU10": "upperLipRaise",
    "AU12": "smile",
    "AU14": "dimpler",
    "AU15": "lipCornerDepressor",
    "AU17": "chinRaise",
    "AU18": "lipPucker",
    "AU20": "lipStretch",
    "AU24": "lipPress",
    "AU25": "mouthOpen",
    "AU26": "jawDrop",
    "AU28": "lipSuck",
    "AU43": "eyeClosure",
}
"""Affectiva's names of expressions, as its SDK writes them; iMotions writes them with spaces."""

_SHAPES = {unit: shapes for unit, shapes in BLENDSHAPES_OF_UNITS.items() if unit != "AU25"}
"""The blendshapes that name the motion of a unit, both sides averaged; AU25 has none of its own."""
_DEAD_IN_MEDIAPIPE = {"AU06", "AU09"}
"""MediaPipe's cheekSquint and noseSneer never move."""


def facereader(names: set[str]) -> Dialect | None:
    """Noldus FaceReader's detailed log: lines about the analysis, then letters A to E or 0..1.

    What it lacks: frame numbers (rows are counted), and times finer than a tenth of a second (they
    come from the frame rate in its first lines).
    """
    units = columns_like(names, r"Action Unit (\d+) - .*")
    if not units or "Video Time" not in names:
        return None
    return Dialect(
        name="FaceReader",
        unit_kind="intensity",
        units=units,
        time="Video Time",
        clock=True,
        scale="letters",
        rate_in="Frame rate",
    )


def facet(names: set[str]) -> Dialect | None:
    """IMotions' export of Emotient FACET: evidence, the decimal logarithm of odds.

    What it lacks: intensities; a probability says how sure FACET was, not how strong the motion.
    """
    units = columns_like(names, r"AU(\d+) Evidence")
    if not units:
        return None
    return Dialect(
        name="iMotions FACET",
        unit_kind="probability",
        units=units,
        frame=first_of(names, "FrameNo"),
        time=first_of(names, "FrameTime", "MediaTime", "Timestamp"),
        time_unit=0.001,
        place=all_of(names, "FaceRect X", "FaceRect Y", "FaceRect Width", "FaceRect Height"),
        width=all_of(names, "FaceRect Width"),
        scale="log odds",
        remark="its evidence (the decimal logarithm of odds) is read as a probability",
    )


def affdex(names: set[str]) -> Dialect | None:
    """Affectiva's AFFDEX, from its own SDK (seconds) or from iMotions (milliseconds): 0..100.

    What it lacks: AU23, AU45; eye closure is read as AU43.
    """
    loose = {name.replace(" ", "").lower(): name for name in names}
    units = {u: (loose[n.lower()],) for u, n in _AFFDEX.items() if n.lower() in loose}
    if len(units) < 5 or not {"browfurrow", "lipcornerdepressor"} <= set(loose):
        return None
    sdk = "TimeStamp" in names
    return Dialect(
        name="Affectiva SDK" if sdk else "iMotions AFFDEX",
        unit_kind="probability",
        units=units,
        frame=first_of(names, "FrameNo"),
        time=first_of(names, "TimeStamp", "FrameTime", "MediaTime", "Timestamp"),
        time_unit=1.0 if sdk else 0.001,
        face=first_of(names, "faceId"),
        width=all_of(names, loose.get("interoculardistance", "interocularDistance")),
        scale="percent",
        remark="its scores of 0 to 100 say how sure the program was and are read as probabilities; "
        "the face's width is the distance between the eyes",
    )


def blendshapes(names: set[str]) -> Dialect | None:
    """Blendshapes of ARKit (Live Link Face) or of MediaPipe: 0..1, taken to units by their names.

    What it lacks: AU25 (no shape of its own); in MediaPipe AU06 and AU09.
    """
    lower = {name[:1].lower() + name[1:]: name for name in names}
    units = {
        unit: tuple(lower[s] for s in shapes)
        for unit, shapes in _SHAPES.items()
        if set(shapes) <= set(lower)
    }
    if len(units) < 8:
        return None
    rig = "Timecode" in names or "EyeBlinkLeft" in names
    if not rig:
        units = {u: c for u, c in units.items() if u not in _DEAD_IN_MEDIAPIPE}
    return Dialect(
        name="ARKit blendshapes" if rig else "MediaPipe blendshapes",
        unit_kind="intensity",
        units=units,
        frame=first_of(names, "frame", "frame_idx"),
        time=first_of(names, "Timecode", "time", "timestamp"),
        clock="Timecode" in names,
        scale="share of the range",
        remark="its units are estimates: blendshapes (0..1) of the same motion, times 5; they were "
        "never fitted to coded faces",
    )
