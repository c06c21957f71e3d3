"""Every way in which a face is stored here: one list of methods, used by tables, commands and pages.

A method's id is the word in tables, addresses and command lines; its name is the word on screen.
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What stores the face."""

    ORIGINAL = "original"  # nothing does
    LEARNED = "learned"  # a network of ours
    CLASSICAL = "classical"  # a picture format
    FILM = "film"  # a video format: frames are coded together


@dataclass(frozen=True, slots=True)
class Method:
    """One method: ``id`` in tables and links, ``name`` on screen, ``trained`` in a sentence.

    ``colour`` (#rrggbb) is its colour in every figure (after Okabe and Ito).  ``has_gamma``: whether
    it exists at several weights of the cross-entropy.
    """

    id: str
    name: str
    kind: Kind
    colour: str
    trained: str = "Nothing of it was trained here."
    has_gamma: bool = False


_ALL = (
    Method(
        "original", "Original", Kind.ORIGINAL, "#777777",
        "The face as it is; the classifier learned from such faces.",
    ),
    Method(
        "baseline", "Baseline", Kind.LEARNED, "#0072B2",
        "The codec learned rate and distortion alone, on faces and photographs; the classifier "
        "learned from originals.",
    ),
    Method(
        "generic", "Baseline without faces", Kind.LEARNED, "#004B77",
        "The codec learned rate and distortion alone, on photographs without a face.",
    ),
    Method(
        "codec", "Codec tuned", Kind.LEARNED, "#56B4E9",
        "The codec was tuned through the classifier, which stayed as it was.",
        has_gamma=True,
    ),
    Method(
        "joint", "Codec and classifier tuned", Kind.LEARNED, "#D55E00",
        "Codec and classifier were tuned together.",
        has_gamma=True,
    ),
    Method(
        "control", "Classifier tuned", Kind.LEARNED, "#E69F00",
        "The classifier alone was tuned, on what the baseline codec gives back: the control, which "
        "tells what part of a gain is not the codec's.",
    ),
    Method("jpeg", "JPEG", Kind.CLASSICAL, "#CC79A7"),
    Method("webp", "WebP", Kind.CLASSICAL, "#009E73"),
    Method("avif", "AVIF", Kind.CLASSICAL, "#7A5195"),
    Method("jxl", "JPEG XL", Kind.CLASSICAL, "#B8A800"),
    Method(
        "label", "Label alone", Kind.LEARNED, "#A6761D",
        "Only the expression that the classifier names is stored; every face of a class comes back "
        "as the mean face of that class.",
    ),
    Method(
        "aimed", "Encoder aimed at the classifier", Kind.LEARNED, "#1B9E77",
        "Nothing was trained anew: the baseline's encoder refines each file until the classifier "
        "reads the decoded face as it read the original.",
        has_gamma=True,
    ),
    Method("mjpeg", "Motion JPEG", Kind.FILM, "#C7823B"),
    Method("h264", "H.264", Kind.FILM, "#8C510A"),
    Method("hevc", "HEVC", Kind.FILM, "#35978F"),
    Method("av1", "AV1", Kind.FILM, "#C51B7D"),
)  # fmt: skip

METHODS: dict[str, Method] = {method.id: method for method in _ALL}
"""Id -> method, in the order in which they are shown."""


def _of_kind(kind: Kind) -> tuple[str, ...]:
    return tuple(method.id for method in _ALL if method.kind is kind)


LEARNED = _of_kind(Kind.LEARNED)
CLASSICAL = _of_kind(Kind.CLASSICAL)
FILMS = _of_kind(Kind.FILM)

REGIMES = ("baseline", "codec", "joint", "control")
"""The trainings that the study compares."""

TUNED = ("codec", "joint")
"""Those of them that exist at several gammas, because cross-entropy is part of their loss."""


def name_of(id: str) -> str:
    """The name on screen; the id itself where it is no method of ours."""
    return METHODS[id].name if id in METHODS else id


def colour_of(id: str) -> str:
    """The colour in every figure, as #rrggbb; that of the original where it is no method of ours."""
    return METHODS[id if id in METHODS else "original"].colour


def order_of(id: str) -> int:
    """The place in which a method is shown; unknown ones come last."""
    return list(METHODS).index(id) if id in METHODS else len(METHODS)
