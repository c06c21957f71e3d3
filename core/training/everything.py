"""``python -m core.training all``: every net that is shown, in the minutes that there are.

Reads a folder of data sets and nothing else, writes to two folders and nowhere else.  Each net is
written with its card and its log the moment it is done, the most wanted first; what a stop leaves
unfinished goes on when the same command is given again.
"""

import argparse
import json
import os
import shutil
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from core import checkpoints
from core.codec.network import VariableRateCodec
from core.data.faces import clean, read_faces
from core.errors import InputError
from core.files import write_whole
from core.folders import data_folder
from core.precision import codec_layout
from core.recognition import ExpressionClassifier
from core.synthetic.morphable import has_morphable
from core.training.classifier import train_classifier
from core.training.codec import train_codec
from core.training.commands import choose_device, read_natural, vote_shares
from core.training.compiling import compile_in_place
from core.training.export import (
    BASELINE,
    CLASSIFIER,
    Origin,
    described,
    save_classifier,
    save_codec,
)
from core.training.loop import Diverged, Length
from core.training.material import Material, prepare
from core.training.plan import LEAST_SECONDS, UNITS_NET, Net, allot, chosen
from core.training.regimes import learners, train_regime
from core.training.settings import SIDE, ClassifierConfig, CodecConfig, RegimeConfig
from core.training.state import before, saved_progress
from core.training.tuning import accuracy_at

if TYPE_CHECKING:
    from core.training.timed_units import UnitsTraining

LARGEST_TOTAL = 250e6
"""Bytes that all weights together may have to be kept."""

_WORTH_COMPILING = 15
"""Minutes from which compiling pays: it takes one or two, once for each size of photographs."""


@dataclass(frozen=True, slots=True)
class Scale:
    """What fits a device: faces a step, rates that fit those, faces checked, seconds to write a net."""

    faces: int
    tuned_faces: int
    classified: int
    rate: float
    tuned_rate: float
    classifier_rate: float
    warmup: int
    checked: int | None
    writing: float


CARD = Scale(512, 256, 512, 2.8e-4, 2.0, 0.3, 100, None, 4.0)
PROCESSOR = Scale(16, 16, 64, 2e-4, 1.0, 0.05, 5, 128, 6.0)
"""Rates grow with the root of the batch: ``rate`` is that of the transforms, ``tuned_rate`` a factor."""


def train_all(given: argparse.Namespace, out: Path, state: Path) -> None:
    """Train what ``given`` asks for; see :mod:`core.training.plan` for its options."""
    begun = time.monotonic()
    nets = chosen(given.only)
    device = choose_device(given.device)
    if given.threads:
        torch.set_num_threads(given.threads)
    torch.backends.cudnn.benchmark = True
    data = data_folder(given.data)
    wanted = [net for net in nets if not _done(out, net) and _has_faces(data, net)]
    if not wanted:
        _say(f"all nets are in {out} already; nothing is left to do.")
        return
    scale = _scale(given, device)
    _check_size(given, nets)
    faces = clean(read_faces(data), report=_say)
    shares = vote_shares(data, faces, given.votes)
    material = prepare(faces, read_natural(data, None), device, shares)
    run = _Run(given, scale, material, out, state)
    deadline = begun + 60 * given.minutes
    with _units(given, wanted, data, state) as run.units:
        run.compile(given.compile, given.minutes)
        left = deadline - time.monotonic()
        _say(f"ready after {time.monotonic() - begun:.0f} s, {left:.0f} s left")
        _train_in_turn(run, wanted, deadline)


def _train_in_turn(run: "_Run", wanted: list[Net], deadline: float) -> None:
    """One net after the other until the deadline, each with its share of what is left."""
    trained = 0
    while wanted:
        seconds = allot(wanted, deadline - time.monotonic(), run.writing)
        enough = [net for net in wanted if seconds.get(net.id, 0.0) >= LEAST_SECONDS]
        if not trained:  # every call finishes one net at least
            enough = enough or wanted[:1]
        dropped = [net.id for net in wanted if net not in enough]
        if dropped:
            _say(f"no time for {', '.join(dropped)}: the same command, given again, goes on")
        wanted = enough[1:]
        for net in enough[:1]:
            run.train(net, seconds[net.id])
            trained += 1


def _units(
    given: argparse.Namespace, wanted: list[Net], data: Path, state: Path
) -> AbstractContextManager["UnitsTraining | None"]:
    """The training of action units, whose faces are made from now on; none where it is not wanted."""
    if all(net.id != UNITS_NET for net in wanted):
        return nullcontext()
    from core.training.timed_units import UnitsTraining

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return UnitsTraining(data, state, given.shots, jobs=max(1, (cores or 1) - 1))


def _done(out: Path, net: Net) -> bool:
    return (out / f"{net.id}.json").is_file()


def _has_faces(data: Path, net: Net) -> bool:
    """Whether the folder holds what a net learns from; says so where it does not."""
    if net.id != UNITS_NET or (has_morphable(data) and (data / "london").is_dir()):
        return True
    _say(f"{net.id} left out: there is no morphable face or no london/ in {data}")
    return False


def _scale(given: argparse.Namespace, device: str) -> Scale:
    scale = PROCESSOR if device == "cpu" else CARD
    if given.faces:
        scale = replace(scale, faces=given.faces, tuned_faces=given.faces, classified=given.faces)
    return scale


def _check_size(given: argparse.Namespace, nets: tuple[Net, ...]) -> None:
    """Say how large the weights will be; InputError where they are more than may be kept."""
    codec = sum(p.numel() for p in VariableRateCodec(given.N, given.M).parameters())
    classifier = sum(p.numel() for p in ExpressionClassifier().parameters())
    first_seeds = [net for net in nets if net.seed == 0]
    codecs = sum(net.method in ("baseline", "codec", "joint") for net in first_seeds)
    classifiers = sum(net.method in ("classifier", "control", "joint") for net in first_seeds)
    total = 2 * (codecs * codec + classifiers * classifier)
    _say(
        f"weights: {2 * codec / 2**20:.1f} MiB a codec, {2 * classifier / 2**20:.1f} a classifier, "
        f"{total / 1e6:.0f} MB of seed 0"
    )
    if total > LARGEST_TOTAL:
        raise InputError(
            f"--N {given.N} --M {given.M}: all weights would take {total / 1e6:.0f} MB, more than "
            f"{LARGEST_TOTAL / 1e6:.0f}. Choose a smaller --M, or fewer nets with --only."
        )


class _Run:
    """One run of ``all``: two networks that all trainings share, so that they are compiled once."""

    def __init__(
        self, given: argparse.Namespace, scale: Scale, material: Material, out: Path, state: Path
    ) -> None:
        self.given, self.scale, self.material = given, scale, material
        self.out, self.state = out, state
        self.writing = scale.writing
        self.units: UnitsTraining | None = None
        torch.manual_seed(0)
        self.codec = VariableRateCodec(given.N, given.M)
        self.classifier = ExpressionClassifier(material.classes)
        self._beginnings = {
            id(model): {name: value.clone() for name, value in model.state_dict().items()}
            for model in (self.codec, self.classifier)
        }

    def compile(self, when: str, minutes: float) -> None:
        """Compile what the trainings spend their time in."""
        device = self.material.device
        short = device.type == "cpu" or minutes < _WORTH_COMPILING
        if when == "never" or (when == "auto" and short):
            return
        layout = codec_layout(device.type)
        self.codec.to(device, memory_format=layout)
        self.classifier.to(device, memory_format=torch.channels_last)
        faces = min(self.scale.faces, len(self.material.train))
        x = torch.rand(faces, 3, 64, 64, device=device).contiguous(memory_format=layout)
        y = torch.randn(faces, self.given.M, 4, 4, device=device).contiguous(memory_format=layout)
        grey = torch.randn(min(self.scale.classified, len(self.material.train)), 1, SIDE, SIDE)
        grey = grey.to(device).contiguous(memory_format=torch.channels_last)
        compile_in_place("analysis", self.codec.net.g_a, x, _say)
        compile_in_place("synthesis", self.codec.net.g_s, y, _say)
        compile_in_place("classifier", self.classifier.resnet, grey, _say)

    def train(self, net: Net, seconds: float) -> None:
        """Train and write one net; once more, gentler, where it diverged or did not fit."""
        earlier = saved_progress(self._state(net)).seconds
        length = Length(seconds=earlier + seconds)
        if net.id == UNITS_NET and not self.units.ready(seconds / 2):
            _say(f"{net.id}: its faces are not made yet; the same command, given again, goes on")
            return
        _say(f"== {net.id}: {seconds:.0f} s" + (f" after {earlier:.0f} s" if earlier else ""))
        try:
            self._train(net, length, self.scale)
        except (Diverged, torch.cuda.OutOfMemoryError) as error:
            _say(f"{net.id}: {error}; once more, gentler")
            for file in (self._state(net), before(self._state(net))):
                file.unlink(missing_ok=True)
            torch.manual_seed(0)
            self._train(net, Length(seconds=seconds / 2), gentler(self.scale))

    def _train(self, net: Net, length: Length, scale: Scale) -> None:
        begun, earlier = time.monotonic(), saved_progress(self._state(net)).seconds
        cards = self._kind(net)(net, length, scale)
        shutil.copyfile(self._state(net).with_suffix(".jsonl"), self.out / f"{net.id}.jsonl")
        for card in cards:
            _say(described(card))
        took = time.monotonic() - begun
        trained = saved_progress(self._state(net)).seconds - earlier
        self.writing = max(1.0, 1.2 * (took - trained))  # of this net, with a margin, for the next
        self._note(net, took)

    def _fresh(self, model: torch.nn.Module) -> torch.nn.Module:
        """``model`` with its first weights."""
        model.load_state_dict(self._beginnings[id(model)])
        model.requires_grad_(True)
        if model is self.codec:
            model.net.entropy_bottleneck.quantiles.requires_grad_(False)
        return model

    def _kind(self, net: Net) -> Callable[[Net, Length, Scale], list[checkpoints.Card]]:
        kinds = {
            "classifier": self._classifier,
            "baseline": self._baseline,
            UNITS_NET: self._action_units,
        }
        return kinds.get(net.method, self._regime)

    def _classifier(self, net: Net, length: Length, scale: Scale) -> list[checkpoints.Card]:
        config = ClassifierConfig(
            phases=f"1x{SIDE}",
            batch=min(scale.classified, len(self.material.train)),
            learning_rate=scale.classifier_rate,
            votes=self.given.votes,
            seed=net.seed,
        )
        model = train_classifier(
            self.material, config, self._state(net), length, self._fresh(self.classifier)
        )
        origin = self._origin(net, config)
        return [save_classifier(model, net.id, "base", origin, self._checked())]

    def _baseline(self, net: Net, length: Length, scale: Scale) -> list[checkpoints.Card]:
        config = CodecConfig(
            N=self.given.N,
            M=self.given.M,
            faces=min(scale.faces, len(self.material.train)),
            steps=1,
            cooldown=1,
            warmup=scale.warmup,
            transform_rate=scale.rate,
            seed=net.seed,
        )
        codec = train_codec(
            self.material, config, self._state(net), length, self._fresh(self.codec)
        )
        origin = self._origin(net, config)
        return [self._save_codec(codec, net, origin, CLASSIFIER)]

    def _action_units(self, net: Net, length: Length, _: Scale) -> list[checkpoints.Card]:
        command = f"python -m core.training all --minutes {self.given.minutes:g} --only {net.id}"
        state, device = self._state(net), self.material.device.type
        return self.units.learn(length.seconds, state, device, command)

    def _regime(self, net: Net, length: Length, scale: Scale) -> list[checkpoints.Card]:
        for needed in (CLASSIFIER, BASELINE):
            if not (self.out / f"{needed}.json").is_file():
                raise InputError(f"{net.id} begins with {needed}: train that first (--only).")
        checkpoints.load(self.codec, BASELINE)
        checkpoints.load(self.classifier, CLASSIFIER)
        plain = RegimeConfig()
        config = RegimeConfig(
            faces=min(scale.tuned_faces, len(self.material.train)),
            gamma=net.gamma or 0.0,
            warmup=scale.warmup,
            votes=self.given.votes,
            seed=net.seed,
            **{
                name: scale.tuned_rate * getattr(plain, name)
                for name in (
                    "classifier_rate",
                    "transform_rate",
                    "muon_rate",
                    "adam_rate",
                    "slow_rate",
                )
            },
        )
        codec, classifier = train_regime(
            net.method, self.codec, self.classifier, self.material, config, self._state(net), length
        )
        codec_learns, classifier_learns = learners(net.method)
        origin = self._origin(net, config)
        read = accuracy_at(codec, classifier, self._checked())
        trained = []
        if classifier_learns:
            name = f"{net.id}-classifier" if codec_learns else net.id
            own = {} if codec_learns else read
            trained.append(
                save_classifier(
                    classifier, name, net.method, origin, self._checked(), metrics=own,
                    gamma=net.gamma,
                )
            )  # fmt: skip
        if codec_learns:
            classifier_id = f"{net.id}-classifier" if classifier_learns else CLASSIFIER
            trained.append(self._save_codec(codec, net, origin, classifier_id, read))
        return trained

    def _save_codec(
        self,
        codec: VariableRateCodec,
        net: Net,
        origin: Origin,
        classifier: str,
        metrics: dict[str, float] | None = None,
    ) -> checkpoints.Card:
        return save_codec(
            codec, net.id, net.method, origin, self.material, classifier=classifier,
            gamma=net.gamma, metrics=metrics, checked=self.scale.checked or 512,
        )  # fmt: skip

    def _origin(self, net: Net, config: Any) -> Origin:
        facts = {"minutes": self.given.minutes, "device": self.material.device.type}
        command = f"python -m core.training all --minutes {self.given.minutes:g} --only {net.id}"
        return Origin.of(config, self.material, self._state(net), command, **facts)

    def _checked(self):
        """Validation faces that a net is measured on: all, or some of every class."""
        val = self.material.val
        return val[np.random.default_rng(0).permutation(len(val))[: self.scale.checked]]

    def _state(self, net: Net) -> Path:
        return self.state / f"{net.id}.safetensors"

    def _note(self, net: Net, took: float) -> None:
        """What was done, in ``training.json`` beside the nets."""
        path = self.out / "training.json"
        known = json.loads(path.read_text()) if path.is_file() else {}
        progress = saved_progress(self._state(net))
        known[net.id] = asdict(net) | {
            "steps": progress.step,
            "seconds": round(progress.seconds, 1),
            "seconds_with_writing": round(took, 1),
        }
        write_whole(path, json.dumps(known, indent=1).encode())


def gentler(scale: Scale) -> Scale:
    """Half the faces at a third of the rates."""
    return replace(
        scale,
        faces=max(1, scale.faces // 2),
        tuned_faces=max(1, scale.tuned_faces // 2),
        classified=max(1, scale.classified // 2),
        rate=scale.rate / 3,
        tuned_rate=scale.tuned_rate / 3,
        classifier_rate=scale.classifier_rate / 3,
    )


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
