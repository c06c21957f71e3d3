"""What each command of ``python -m core.training`` does, once its options are read."""

import argparse
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core import checkpoints
from core.codec.loading import load_codec
from core.data.faces import Faces, clean, read_faces
from core.data.natural import read_bsds500
from core.data.photographs import Photographs, read_photographs
from core.data.votes import read_votes
from core.errors import InputError
from core.folders import data_folder, state_folder
from core.methods import TUNED
from core.precision import fastest_device
from core.recognition import load_classifier
from core.training.classifier import train_classifier
from core.training.codec import train_codec
from core.training.export import (
    BASELINE,
    CLASSIFIER,
    Origin,
    described,
    save_classifier,
    save_codec,
)
from core.training.loop import Length
from core.training.material import Material, prepare
from core.training.regimes import learners, train_regime
from core.training.state import history, saved_progress
from core.training.tuning import accuracy_at, tune_classifier

CODECS = ("baseline", "generic")
TUNED_ON = ("jpeg", "avif")
UNIT_COMMANDS = {
    "action-units": "train_units",
    "action-units-stack": "stack_units",
    "action-units-validation": "validate_again",
}
"""Command -> what it calls in :mod:`core.training.action_units`."""


def train(given: argparse.Namespace, command: str) -> None:
    """Train what ``given`` names; ``command`` is how it was asked for, for the card."""
    device = choose_device(given.device)
    if given.threads:
        torch.set_num_threads(given.threads)
    torch.backends.cudnn.benchmark = True  # a training sees few sizes, over and over
    config = given.config(**{f.name: getattr(given, f.name) for f in fields(given.config)})
    id = given.id or default_id(given.command, config)
    state = state_folder() / "training" / f"{id}.safetensors"
    if given.command in UNIT_COMMANDS:
        state = state_folder() / "action-units" / "state.safetensors"
    _check_ids(given, config, id, state)
    data = data_folder(given.data)
    if given.command in UNIT_COMMANDS:
        from core.training import action_units

        work = getattr(action_units, UNIT_COMMANDS[given.command])
        own = {"id": given.id} if given.id else {}
        work(data, config, state, command, device, replace_earlier=given.replace, **own)
        return
    print(f"training state: {state}", file=sys.stderr)
    faces = clean(read_faces(data))
    material = prepare(
        faces, _photographs(given, data), device, vote_shares(data, faces, config.votes)
        if hasattr(config, "votes") else None,
    )  # fmt: skip
    _Training(given, config, id, material, state, history(state, command)).run(faces)


def choose_device(asked: str | None) -> str:
    """The device to train on; InputError where it is not there."""
    if asked is None:
        return fastest_device()
    if asked.startswith("cuda"):
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        number = int(asked.partition(":")[2] or 0)
        if number >= count:
            raise InputError(f"--device {asked}: this machine has {count} such cards.")
    return asked


def default_id(command: str, config: Any) -> str:
    """What a checkpoint is called unless told otherwise."""
    name = {"classifier": CLASSIFIER}.get(command, command)
    weight = f"-g{config.gamma:g}" if command in TUNED else ""
    tuned = "-tuned" if command in TUNED_ON else ""
    return f"{name}{weight}{tuned}" + (f"-s{config.seed}" if config.seed else "")


def vote_shares(data: Path, faces: Faces, votes: float) -> np.ndarray | None:
    """FER+ votes (n, classes) for ``faces``; None where the training gives them no weight."""
    return read_votes(data, faces.names).shares if votes > 0 else None


def read_natural(data: Path, portraits: Path | None, *, faces: bool = True) -> Photographs:
    """The photographs of a training: portraits of the train split and BSDS500, what there is of both.

    Without ``faces`` BSDS500 alone.  Raises InputError where there is none.
    """
    sets: list[Photographs] = []
    natural = data / "bsds500"
    if faces and (portraits or (data / "london").is_dir() or not natural.is_dir()):
        sets.append(read_photographs(portraits or data / "london", "train"))
    if natural.is_dir() or not faces:
        sets.append(read_bsds500(natural))
    pixels = sum((each.pixels for each in sets), ())
    names = sum((each.names for each in sets), ())
    print(f"photographs to train on: {len(names)}", file=sys.stderr)
    return Photographs(pixels, names)


def _photographs(given: argparse.Namespace, data: Path) -> Photographs | None:
    """What the command's codec learns from beside the faces; None where no codec learns."""
    if given.command not in (*CODECS, *TUNED):
        return None
    portraits = Path(given.photographs) if given.photographs else None
    return read_natural(data, portraits, faces=given.command != "generic")


def _check_ids(given: argparse.Namespace, config: Any, id: str, state: Path) -> None:
    """Before anything is read: whether checkpoints that are named exist, and a new one may be written."""
    named = [name for name in (getattr(config, "start", ""),) if name]
    named += [name for name in getattr(config, "teachers", "").split(",") if name.strip()]
    if given.command in (*TUNED, "control"):
        named.append(BASELINE)
    if given.command in (*TUNED, "control", *TUNED_ON):
        named.append(CLASSIFIER)
    for name in named:
        checkpoints.card(name.strip())
    if hasattr(config, "sides"):
        config.sides()
    unfinished = Length(steps=getattr(config, "steps", None) or 1).part(saved_progress(state)) < 1
    if unfinished:  # a finished training only writes its weights again
        checkpoints.check_free(id, replace=given.replace)


class _Training:
    """One command at work: what it trains with, and where the result goes."""

    def __init__(
        self,
        given: argparse.Namespace,
        config: Any,
        id: str,
        material: Material,
        state: Path,
        command: str,
    ) -> None:
        self.method, self.config, self.id = given.command, config, id
        self.material, self.state, self.command = material, state, command
        self.replace = given.replace

    def run(self, faces: Faces) -> None:
        """Train and save."""
        if self.method == "classifier":
            model = train_classifier(self.material, self.config, self.state)
            self._save_classifier(model, CLASSIFIER, crops=True)
        elif self.method in TUNED_ON:
            from core.training.coded_faces import output_of_classical

            classifier, _ = load_classifier(CLASSIFIER)
            coded = output_of_classical(self.method, faces, self.config)
            self._save_classifier(
                tune_classifier(classifier, self.material, coded, self.config, self.state),
                self.method,
            )
        elif self.method in CODECS:
            codec = train_codec(
                self.material, self.config, self.state, with_faces=self.method == "baseline"
            )
            self._save_codec(codec, CLASSIFIER)
        else:
            self._run_regime()

    def _run_regime(self) -> None:
        codec, _ = load_codec(BASELINE)
        classifier, _ = load_classifier(CLASSIFIER)
        codec, classifier = train_regime(
            self.method, codec, classifier, self.material, self.config, self.state
        )
        codec_learns, classifier_learns = learners(self.method)
        read = accuracy_at(codec, classifier, self.material.val)
        if not codec_learns:
            self._save_classifier(classifier, self.method, metrics=read)
            return
        classifier_id = f"{self.id}-classifier" if classifier_learns else CLASSIFIER
        if classifier_learns:
            self._save_classifier(
                classifier, self.method, id=classifier_id, gamma=self.config.gamma
            )
        self._save_codec(codec, classifier_id, gamma=self.config.gamma, metrics=read)

    def _origin(self) -> Origin:
        start = getattr(self.config, "start", "")
        noted = {"start": f"{start} {checkpoints.card(start).fingerprint[:16]}"} if start else {}
        return Origin.of(self.config, self.material, self.state, self.command, **noted)

    def _save_classifier(self, model, method: str, *, id: str | None = None, **more: Any) -> None:
        card = save_classifier(
            model, id or self.id, method, self._origin(), self.material.val,
            replace=self.replace, **more,
        )  # fmt: skip
        print(described(card), file=sys.stderr)

    def _save_codec(self, model, classifier: str, **more: Any) -> None:
        card = save_codec(
            model, self.id, self.method, self._origin(), self.material,
            classifier=classifier, replace=self.replace, **more,
        )  # fmt: skip
        print(described(card), file=sys.stderr)
