"""The six steps in words: what is asked, what was measured, what is to be done, and the teacher's note."""

from core.formatting import number, percent, signed, size
from core.methods import name_of
from core.site.lesson.figures import Figures

MINUTES = (3, 3, 4, 4, 3, 3)
"""Of each step; 20 in all."""

_ROWS = ("the top row", "the second row", "the third row", "the bottom row")


def what_a_bit_buys(known: Figures) -> dict:
    """Step 1."""
    needed, jpeg = known.kept.get("baseline"), known.kept.get("jpeg")
    true = needed or 1000
    against = "" if jpeg is None else f"; JPEG needs {size(jpeg)}"
    reveal = (
        f"Measured on {known.faces:,} test faces, 64 in a file: {size(needed)} a face keep 95% of the "
        f"accuracy{against}."
        if needed
        else "The baseline codec never gets there in the measured range."
    )
    return {
        "title": "What a bit buys",
        "intro": "A picture of 64 × 64 pixels has 12,288 bytes before anybody stores it. A codec keeps "
        "fewer, and a classifier then names the expression of what is left.",
        "guess": {
            "question": "To how few bytes may a face shrink and still be read nearly as well as its "
            "original (95% of the accuracy)?",
            "options": [f"about {size(_round(true * factor))}" for factor in (0.1, 1, 5, 20)],
            "answer": 1 if needed else None,
        },
        "reveal": reveal, "figure": known.bits_drawing, "widget": "live", "part": "live",
        "rule": "change",
        "set": {"left": "Original", "right": name_of("baseline"), "quality": 70},
        "task": "Move the right side's quality to a place where the reading tips over: there it is wrong, "
        "one step up it is again what is read on the original.",
        "teacher": f"Answer: {reveal} The task has several solutions, because a reading near the edge "
        "flickers; let the class collect them and ask why there is no single number for one face. One "
        "minute for the guess, one for the task, one to collect.",
    }  # fmt: skip


def what_the_error_map_hides(known: Figures) -> dict:
    """Step 2."""
    level, read = known.equal
    accuracies = "; ".join(f"{name_of(method)} {percent(value)}" for method, value in read.items())
    best = max(read, key=read.get)
    answers = {"jpeg": 2}
    spread = max(read.values()) - min(read.values())
    reveal = f"At {number(level, 1)} dB on average the test faces are read at: {accuracies}."
    return {
        "title": "What the error map hides",
        "intro": "An error map shows how far each pixel is from the original; PSNR is the same in one "
        "number. Two files can err equally and still keep different things.",
        "guess": {
            "question": "A face is stored by two codecs with the same pixel error. Which is read better?",
            "options": ["Both alike: equal error, equal reading", "The learned codecs", "JPEG"],
            "answer": 0 if spread < 0.01 else answers.get(best, 1),
        },
        "reveal": reveal, "figure": known.error_drawing, "widget": "live", "part": "live",
        "rule": "equal error",
        "set": {
            "left": name_of("jpeg"), "right": name_of("baseline"), "quality": 139, "quality_left": 30,
            "equal_bytes": False,
        },
        "task": "Choose “Error”, then move both qualities until the two sides have the same PSNR, within "
        "half a decibel. Compare what is read, and in how many bytes.",
        "teacher": f"Answer: {reveal} The map weighs every pixel alike; a reader does not. The classifier "
        "of the control and of joint training has seen coded faces, which is why a training can gain "
        "accuracy at the same PSNR: keep that for step 5. Three minutes.",
    }  # fmt: skip


def what_the_classifier_needs(
    drop: tuple[str, int, float, float], columns: int, bits: float
) -> dict:
    """Step 3; ``drop`` as :func:`core.site.lesson.coefficient.drop_of`."""
    expression, cell, before, after = drop
    row = cell // columns
    reveal = (
        f"Most of all it needs a cell of {_ROWS[min(row, 3)]}: without it the probability of {expression} "
        f"goes from {percent(before, 0)} to {percent(after, 0)}."
    )
    return {
        "title": "What the classifier needs",
        "intro": "The codec turns each square of 16 × 16 pixels into 240 numbers, y, rounds them, and "
        f"pays for each by its probability: {number(bits)} bits for this face. Each cell below is one "
        "such square.",
        "guess": {
            "question": "One cell is taken away. In which row does the reading suffer most?",
            "options": [
                "The top row: brow and hair", "The second row: eyes", "The third row: nose and cheeks",
                "The bottom row: mouth and chin",
            ],
            "answer": min(row, 3),
        },
        "reveal": reveal, "figure": "", "widget": "coefficient", "part": "coefficient",
        "task": "Take cells away, one after another, until you have the one whose loss costs the reading "
        "most. Then untick “Zero every channel” and follow a single coefficient from pixels to bits.",
        "teacher": f"Answer: row {row + 1}, column {cell % columns + 1} (counted from the upper left). "
        f"{reveal} Every picture is decoded anew by the codec, with those symbols set to 0, so the "
        "decoder falls back on what it expects there. The dearest cell need not be the one that is "
        "needed most: let the class compare. Four minutes.",
    }  # fmt: skip


def what_the_loss_weights_trade(known: Figures, wanted: dict) -> dict:
    """Step 4; ``wanted`` as :func:`core.site.lesson.landscape.landscape` has it."""
    change, gamma = known.price
    answer = 2 if abs(change) < 0.1 else int(change > 0)
    reveal = (
        f"At γ = {gamma:g}, the largest that was trained, files of the same size have "
        f"{signed(change, 1, 'dB')} PSNR against the baseline."
    )
    return {
        "title": "What the loss weights trade",
        "intro": "A codec is trained for α · bits + β · squared error + γ · cross-entropy: what it "
        "pays for size, for pixels, and for being misread.",
        "guess": {
            "question": "γ goes up and the file keeps its size. What happens to the pixels?",
            "options": ["They get worse: PSNR falls", "They get better: PSNR rises", "Nothing to speak of"],
            "answer": answer,
        },
        "reveal": reveal, "figure": "", "widget": "landscape", "part": "landscape",
        "task": f"Move the weights until the chosen point takes at most {number(wanted['bytes'])} bytes "
        f"and is read at {percent(wanted['accuracy'])} or better.",
        "teacher": f"Answer: {reveal} Only ratios matter: doubling all three changes nothing; let the "
        "class try. With γ = 0 the point runs along the codec without recognition; γ lifts it to the "
        "trainings that were paid for being read. Each point was measured; none is interpolated. Four "
        "minutes.",
    }  # fmt: skip


def whose_gain(known: Figures, rate: float, share: float, points: str) -> dict:
    """Step 5: the whole change of rate in percent, the codec's part of it, and its points in words."""
    reveal = (
        f"From the baseline to both trained together the bits at equal accuracy change by "
        f"{signed(rate)}%. The codec's own part of that way is {signed(share, 0)}%; at equal bytes, over "
        f"all sizes, it is worth {points}."
    )
    return {
        "title": "Whose gain it is",
        "intro": "Codec and classifier were trained together, and fewer bits are needed. But the "
        "classifier, too, has learned: it has seen coded faces.",
        "guess": {
            "question": "How much of the gain is the codec's own?",
            "options": ["Nearly all of it", "About half", "A small part, if any"],
            "answer": 0 if share >= 75 else 1 if share >= 25 else 2,
        },
        "reveal": reveal, "figure": known.share_drawing, "widget": "share", "part": "share",
        "task": "Choose the two trainings whose difference is the codec's own share, measured by "
        "classifiers that both know coded faces.",
        "teacher": f"Answer: from the control to codec and classifier tuned. {reveal} The control is what "
        "a study needs to know whose merit a gain is; ask what would have been claimed without it. "
        "Three minutes.",
    }  # fmt: skip


def can_you_read_it(faces: list[dict]) -> dict:
    """Step 6; ``faces`` as :func:`core.site.lesson.faces_to_read.faces_to_read` has them."""
    right = sum(face["read"] == face["label"] for face in faces)
    fewest = min(face["bytes"] for face in faces)
    most = max(face["bytes"] for face in faces)
    reveal = f"The classifier names {right} of these {len(faces)} rightly. Now you."
    return {
        "title": "Can you read it",
        "intro": f"{len(faces)} faces, stored in {fewest} to {most} bytes each by the codec that knew "
        "nothing of expressions. Nobody real: averages of several people, and drawn faces.",
        "guess": {
            "question": f"How many of the {len(faces)} will you name rightly?",
            "options": ["All of them", "More than half", "Less than half"],
            "answer": None,
        },
        "reveal": reveal, "figure": "", "widget": "reading", "part": "reading",
        "task": "Name the expression of each face.",
        "teacher": f"{reveal} There is no right guess. People read happiness and surprise in very few "
        "pixels and lose fear and sadness first (Du and Martinez 2011); the classifier errs elsewhere. "
        "“Read it yourself” in the app measures a whole curve, for one person or a class. Three minutes.",
    }  # fmt: skip


def _round(value: float) -> float:
    """To two digits."""
    return float(f"{value:.2g}")
