"""What classifiers say of exactly the faces that a person was shown."""

from collections.abc import Sequence

import pandas as pd

from core.reading_test.curve import levels
from core.reading_test.stimuli import Shown
from core.reading_test.trials import Answer
from core.recognition import Classifier, known_classifiers
from pages.parts.shared import classifiers


def answers_of(shown: Sequence[Shown]) -> dict[str, list[Answer]]:
    """Title of a classifier -> its answers to ``shown``; a classifier takes no time that counts."""
    return {
        known.title: _answers(classifiers.classifier(known.id), shown)
        for known in known_classifiers()
    }


def levels_of(answers: dict[str, list[Answer]], method: str | None) -> dict[str, pd.DataFrame]:
    """Title of a classifier -> its right answers by level."""
    return {title: levels(given, method) for title, given in answers.items()}


def _answers(classifier: Classifier, shown: Sequence[Shown]) -> list[Answer]:
    answers = classifier.read([each.picture for each in shown]).argmax(axis=1)
    return [
        Answer(
            number, each.trial.kind, each.trial.face.name, each.trial.method, each.trial.level,
            each.bytes, each.trial.face.truth, int(place), 0.0,
        )
        for number, (each, place) in enumerate(zip(shown, answers, strict=True))
    ]  # fmt: skip
