"""The words of this project: one meaning each, one sentence, used as help wherever they stand.

Names of methods (baseline, control, ...) are in :mod:`core.methods`, which says what was trained.
"""

import sys
from collections.abc import Sequence

SECTIONS: dict[str, dict[str, str]] = {
    "Storing": {
        "codec": "What turns a picture into the bytes of a file and back into a picture.",
        "method": "One way of storing a face together with the classifier that reads what comes back.",
        "quality": "The setting of a codec between fewest bits and truest picture, numbered by its index.",
        "quality index": "The quality as a learned codec's file names it: a whole number from 0 to 255.",
        "setting": "A classical codec's own number for its quality; JPEG XL counts downwards.",
        "operating point": "One method at one quality: so many bytes, so true a picture, so often read.",
        "sweep": "One picture at a row of qualities, from the fewest bits up.",
        "file bytes": "The size of the whole file, header included.",
        "payload bytes": "The size of a file without its header.",
        "bytes a face": "File bytes for one face; where faces share a file, its share of that file.",
        "bits per pixel": "Eight times the file bytes, divided by the pixels of the picture.",
        "header": "What a file says before the picture begins: size, quality and which weights decode it.",
        "sheet": "One picture of 64 faces side by side, so that a classical codec's header is shared.",
    },
    "Pixels": {
        "PSNR": "How near the pixels are to the original, in decibels: higher is nearer.",
        "SSIM": "How alike the structure of two pictures is, from 0 to 1.",
    },
    "Reading": {
        "classifier": "What names the expression of a face: our network, somebody else's, or a user's own.",
        "expression": "One of seven: angry, disgust, fear, happy, sad, surprise, neutral.",
        "accuracy": "The share of faces whose expression is named as the label says.",
        "label": "The expression that people gave a face when the data set was made.",
        "FER+ label": "What most of ten people saw in a face, where a majority saw one of the seven.",
        "original": "The face as it was before any codec.",
    },
    "Training": {
        "rate": "How many bits a file takes.",
        "distortion": "How far the decoded pixels are from the original's: their mean squared error.",
        "cross-entropy": "How surprised the classifier is by the label, in nats.",
        "alpha": "The weight of the rate in the loss of a training.",
        "beta": "The weight of the distortion in the loss of a training; the quality sets it.",
        "gamma": "The weight of the cross-entropy in the loss: how much being read counts beside bits.",
        "chosen gamma": "The gamma that did best on validation faces, before any test face was looked at.",
        "seed": "The number that a training's chance begins from; another seed is another training.",
        "control": "The training that tunes the classifier alone: what it gains is not the codec's.",
    },
    "Comparing": {
        "BD-rate": "The mean change in bits at equal quality between two curves; negative means fewer.",
        "BD-accuracy": "The mean change in accuracy at equal bits between two curves, in points.",
        "points": "Percentage points: from 60 % to 62 % are two.",
        "overlap": "The share of the two curves' range that both reach; below half, a delta says little.",
        "equal rate": "Two operating points whose mean bits differ by at most one percent.",
        "interval": "Where the figure would lie in 95 of 100 repetitions with other faces.",
        "McNemar's test": "Whether two classifiers err differently on the same faces.",
        "validation": "Faces that are used to choose and never to report.",
        "test": "Faces that are used to report and never to choose.",
    },
    "Faces": {
        "action unit": "One visible movement of the face, such as AU12, the lip corner puller.",
        "intensity": "How strong an action unit is, from 0 (not there) to 5 (as strong as it gets).",
        "composite": "A sum of action units that stands for an emotion, as AU06 + AU12 for happiness.",
        "presence": "How sure it is that the tracked face is in the frame, from 0 to 1.",
        "ledger": "The account of a video's frames: expected, decoded, without a face, below the cut-off.",
        "drift": "How far an action unit moves when the picture is compressed.",
        "cohort": "People, one or more recordings each, in groups that are compared.",
    },
}  # fmt: skip
"""What it is about -> term -> what it means here, in one sentence."""

GLOSSARY = {term: sentence for terms in SECTIONS.values() for term, sentence in terms.items()}
"""Term -> its sentence."""


def meaning(term: str) -> str:
    """The sentence of ``term``, whatever its capitals; KeyError where it is not a term."""
    return _BY_LOWER[term.lower()]


def explained(*terms: str) -> str:
    """The terms with their sentences, for the help beside a control; KeyError for what is no term."""
    return " ".join(f"{term[0].upper()}{term[1:]}: {meaning(term)}" for term in terms)


def as_markdown() -> str:
    """The whole glossary as a page, section by section."""
    parts = ["# Words", "One meaning each, on every page, in every table and option."]
    for about, terms in SECTIONS.items():
        parts.append(f"## {about}")
        parts.append("\n".join(f"- **{term}**: {said}" for term, said in terms.items()))
    return "\n\n".join(parts) + "\n"


def main(words: Sequence[str]) -> int:
    """Print what ``words`` mean, or all of the glossary; 2 where one is no term."""
    unknown = [word for word in words if word.lower() not in _BY_LOWER]
    if unknown:
        print(
            f"No such words: {', '.join(unknown)}. There are: {', '.join(GLOSSARY)}.",
            file=sys.stderr,
        )
        return 2
    for about, terms in SECTIONS.items():
        wanted = [t for t in terms if not words or t.lower() in {word.lower() for word in words}]
        if wanted:
            print(f"{about}", *(f"  {term}: {terms[term]}" for term in wanted), sep="\n")
    return 0


_BY_LOWER = {term.lower(): sentence for term, sentence in GLOSSARY.items()}
