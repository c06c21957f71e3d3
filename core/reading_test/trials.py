"""A test of reading: which face comes when, and what was answered."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from core.expressions import EXPRESSIONS

GUESS = 1 / len(EXPRESSIONS)
"""Share that is right by guessing among the seven."""

FEWEST = 20
"""Answers below which no curve is drawn."""


class Kind(StrEnum):
    """What a trial is for."""

    TRAINING = "training"  # to learn the keys; counts for nothing
    TEST = "test"
    CATCH = "catch"  # the original: what can be read at all


@dataclass(frozen=True, slots=True)
class Face:
    """A face that can be shown: ``truth`` is an index into ``EXPRESSIONS``.

    ``agreement``: share of ten people who named that expression on the original; NaN where nobody was
    asked.
    """

    name: str
    person: str
    truth: int
    agreement: float = math.nan


@dataclass(frozen=True, slots=True)
class Trial:
    """One face at one rate.  ``level`` counts rates from the least; -1 is the original."""

    face: Face
    kind: Kind
    method: str
    level: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person said of one face.

    ``answer`` and ``truth`` are indices into ``EXPRESSIONS``; ``seconds`` from the face to the answer;
    ``bytes`` of the face's file, NaN for an original.
    """

    trial: int
    kind: Kind
    face: str
    method: str
    level: int
    bytes: float
    truth: int
    answer: int
    seconds: float

    @property
    def right(self) -> bool:
        """Whether the answer is the truth."""
        return self.answer == self.truth


def plan(
    faces: Sequence[Face],
    methods: Sequence[str],
    levels: int,
    *,
    rounds: int = 1,
    catches: int = 4,
    training: int = 3,
    seed: int = 0,
) -> list[Trial]:
    """Trials in random order: training first, then ``rounds`` times every class at every level.

    Balanced by class and level, the methods in turn; no face comes twice at one level while another of
    its class has not come, no person as far as the faces allow, and those used least come first.
    Catch trials show originals, spread over the test.  ValueError where no face is of some class that
    another face has.
    """
    rng = np.random.default_rng(seed)
    by_class = {
        place: [face for face in faces if face.truth == place] for place in range(len(EXPRESSIONS))
    }
    present = [place for place, members in by_class.items() if members]
    scarce_first = sorted(present, key=lambda place: len({f.person for f in by_class[place]}))
    if not present or not methods or levels < 1:
        raise ValueError("a test needs faces, a method and a level")
    used: Counter = Counter()
    shown: Counter = Counter()
    tests = []
    turn = 0
    for _ in range(rounds):
        for level in range(levels):
            for place in scarce_first:  # the others have more persons to choose from
                face = _least_used(by_class[place], used, shown, level, rng)
                tests.append(Trial(face, Kind.TEST, methods[turn % len(methods)], level))
                turn += 1
            turn += len(present) % len(methods) == 0  # no method keeps its classes
    order = [tests[i] for i in rng.permutation(len(tests))]
    for number in range(catches):
        place = present[number * len(present) // max(catches, 1) % len(present)]
        face = _least_used(by_class[place], used, shown, -1, rng)
        at = round((number + 0.5) * len(order) / catches)
        order.insert(min(at, len(order)), Trial(face, Kind.CATCH, "original", -1))
    lead = [
        Trial(faces[int(i)], Kind.TRAINING, methods[0], levels - 1)
        for i in rng.choice(len(faces), min(training, len(faces)), replace=False)
    ]
    return lead + order


def confusion(answers: Sequence[Answer]) -> np.ndarray:
    """Counts (7, 7): rows the truth, columns the answer; training left out."""
    counts = np.zeros((len(EXPRESSIONS),) * 2, dtype=int)
    for answer in answers:
        if answer.kind is not Kind.TRAINING:
            counts[answer.truth, answer.answer] += 1
    return counts


def missing(answers: Sequence[Answer]) -> int:
    """How many more test answers a curve needs; 0 where there are enough."""
    return max(0, FEWEST - sum(answer.kind is Kind.TEST for answer in answers))


def _least_used(
    members: Sequence[Face], used: Counter, seen: Counter, level: int, rng: np.random.Generator
) -> Face:
    order = rng.permutation(len(members))

    def times(place: int) -> tuple[int, int, int]:
        face = members[place]
        return seen[face.name, level], seen[face.person, level], used[face.name]

    face = members[int(min(order, key=times))]
    used[face.name] += 1
    seen[face.person, level] += 1
    if face.name != face.person:
        seen[face.name, level] += 1
    return face
