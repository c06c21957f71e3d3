"""Whose gain it is: four trainings, what differs between two of them, and the split of the whole gain."""

from core.evaluation.results.gain_split import Split
from core.formatting import signed
from core.methods import name_of
from core.site.viewer.buffer import joined

_FIXED = "rate and distortion only"
_READS = "trained on originals"
_TRAININGS = (
    ("baseline", _FIXED, _READS),
    ("codec", "tuned through the classifier", _READS),
    ("control", _FIXED, "tuned on coded faces"),
    ("joint", "tuned through the classifier", "tuned on coded faces"),
)


def share(split: Split) -> dict:
    """The explorable's head."""
    steps = [
        {
            "from": step.start, "to": step.end,
            "text": f"At equal accuracy the bits change by {signed(step.rate.value)}% "
            f"({signed(step.rate.low)} to {signed(step.rate.high)}), at equal bytes the accuracy by "
            f"{signed(step.points.value, 1, 'points')} ({signed(step.points.low)} to "
            f"{signed(step.points.high)}).",
        }
        for step in split.steps
    ]  # fmt: skip
    codec = split.codec
    return {
        "trainings": [
            {"id": id, "name": name_of(id), "codec": codec_part, "classifier": classifier_part}
            for id, codec_part, classifier_part in _TRAININGS
        ],
        "steps": steps,
        "answer": {
            "from": codec.start, "to": codec.end,
            "text": f"Both classifiers know coded faces, so what is left is the codec's own: "
            f"{signed(codec.points.value, 1, 'points')} at equal bytes ({signed(codec.points.low)} to "
            f"{signed(codec.points.high)}).",
        },
    }  # fmt: skip


def pack_share(head: dict) -> bytes:
    """The buffer of the explorable."""
    return joined(head, [])
