"""A test that is being taken: its faces, the answers so far, and the clock of the face on screen."""

import time
import uuid
from dataclasses import dataclass, field

from core.errors import InputError
from core.folders import readings_file
from core.reading_test.session import Session
from core.reading_test.stimuli import Shown
from core.reading_test.store import Store
from core.reading_test.trials import Answer
from pages.parts.shared import keeping

_KEY = "reading_test_running"


@dataclass(eq=False)
class Running:
    """One visitor's test."""

    material: str
    sharp: bool  # pixels as squares, not smoothed
    shown: list[Shown]
    store: Store | None = None  # the class's, where the visitor agreed
    number: int | None = None  # in the store
    answers: list[Answer] = field(default_factory=list)
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    since: float | None = None  # when the face on screen was shown
    paused: bool = False
    stopped: bool = False
    trouble: str = ""

    @property
    def over(self) -> bool:
        """Whether nothing is left to answer."""
        return self.stopped or len(self.answers) >= len(self.shown)

    @property
    def session(self) -> Session:
        """The answers so far, as they are saved."""
        return Session(self.id, self.material, tuple(self.answers))

    def current(self) -> Shown:
        """The face that is asked about now; its clock starts when it is first shown."""
        if self.since is None:
            self.since = time.monotonic()
        return self.shown[len(self.answers)]

    def answer(self, place: int, trial: int) -> None:
        """Take the answer to ``trial``; a second press on the same face is not an answer to the next."""
        if self.over or self.paused or trial != len(self.answers) or self.since is None:
            return
        face = self.shown[trial]
        given = Answer(
            trial=trial,
            kind=face.trial.kind,
            face=face.trial.face.name,
            method=face.trial.method,
            level=face.trial.level,
            bytes=face.bytes,
            truth=face.trial.face.truth,
            answer=place,
            seconds=round(time.monotonic() - self.since, 3),
        )
        self.answers.append(given)
        self.since = None
        if self.store is not None and self.number is not None:
            try:
                self.store.add(self.number, given)
            except InputError as error:  # answers go on in this session
                self.trouble, self.store = str(error), None

    def pause(self) -> None:
        """Hide the face and stop its clock, or show it again and start the clock anew."""
        self.paused, self.since = not self.paused, None

    def stop(self) -> None:
        """End the test with the answers that there are."""
        self.stopped = True


def current() -> Running | None:
    """The visitor's test, if one was begun."""
    return keeping.things().get(_KEY)


def begin(running: Running) -> None:
    """Begin a test."""
    keeping.things()[_KEY] = running


def forget() -> None:
    """Forget the visitor's test."""
    keeping.things().pop(_KEY, None)


def class_store() -> Store | None:
    """The class's store that ``EXPRESSRATE_READINGS`` names; None without one."""
    path = readings_file()
    return None if path is None else Store(path)
