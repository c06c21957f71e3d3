"""The action units in a training of so many minutes: faces are made beside it, learned from at the end.

::

    processes: renders, warps, labelled faces --> shots      (while codecs and classifiers learn)
    this process, at its turn:  shots --> estimators --> stack, in the seconds that there are
"""

import sys
import time
from dataclasses import fields, replace
from pathlib import Path

from core import checkpoints
from core.data.faces import clean, read_faces
from core.face.landmarks import Landmarker
from core.training.action_units import learn_units
from core.training.calibrated_units import learn_stack
from core.training.loop import Length
from core.training.settings import UnitsConfig
from core.training.unit_material import SHOTS, Making

_QUICK = UnitsConfig(steps=1, mapped_steps=3000, stack_steps=800)
_COUNTED = ("renders", "renders_val", "renders_test", "warps", "warps_val", "odd", "motion", "faces",
            "faces_test")  # fmt: skip
_CARD_BATCH = 256


class UnitsTraining:
    """Makes faces from its start on; :meth:`learn` trains on them.

    ``part``: of the usual number of faces, above 0.  ``jobs``: processes that make them.  Validation is
    a command of its own.  Raises InputError without the face landmarker.
    """

    def __init__(self, data: Path, state: Path, part: float, jobs: int) -> None:
        Landmarker()
        self._data, self._folder = data, state / SHOTS
        counts = {
            name: max(1, round(part * getattr(_QUICK, name)))
            for name in (f.name for f in fields(UnitsConfig))
            if name in _COUNTED
        }
        self._config = replace(_QUICK, **counts)
        self._making = Making(data, self._folder, self._config, jobs)

    def __enter__(self) -> "UnitsTraining":
        return self

    def __exit__(self, *error: object) -> None:
        self._making.__exit__(*error)

    def ready(self, seconds: float) -> bool:
        """Whether all faces are made, after ``seconds`` of waiting at most."""
        return self._making.done(seconds)

    def learn(
        self, seconds: float, state: Path, device: str, command: str
    ) -> list[checkpoints.Card]:
        """Train and save estimators and stack; the appearance network gets half of the ``seconds``.

        ``state``: of that network, which goes on from there.
        """
        begun = time.monotonic()
        config = replace(self._config, batch=self._config.batch if device == "cpu" else _CARD_BATCH)
        faces = clean(read_faces(self._data), report=lambda _: None)
        estimators = learn_units(
            self._data, faces, self._folder, config, state, Length(seconds=seconds / 2), command, device
        )  # fmt: skip
        stack = learn_stack(self._data, self._folder, config, command)
        print(f"action units: {time.monotonic() - begun:.0f} s in all", file=sys.stderr)
        return [estimators, stack]
