"""``python -m core.training``: train a checkpoint; the same command goes on where it stopped."""

import argparse
import shlex
import sys
from dataclasses import asdict, fields
from pathlib import Path

import torch

from core import checkpoints
from core.checkpoints import Card
from core.codec.loading import load_codec
from core.data.faces import Faces, at_face_size, clean, read_faces
from core.data.photographs import read_photographs
from core.errors import InputError
from core.folders import data_folder, state_folder
from core.precision import fastest_device
from core.provenance import code_version
from core.recognition import load_classifier
from core.training.action_units import UnitsConfig, train_units
from core.training.classifier import ClassifierConfig, accuracy, train_classifier
from core.training.codec import CodecConfig, train_codec, validate
from core.training.coded_faces import METHODS as CLASSICAL
from core.training.coded_faces import ClassicalConfig, output_of_classical
from core.training.joint import JointConfig, learners, train_joint
from core.training.progress import history
from core.training.reader import accuracy_at, train_reader

BASELINE, BASE = "baseline", "base"


def main(arguments: list[str] | None = None) -> int:
    """Run one training; 0 on success, 2 on input that cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m core.training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    _add(commands, "classifier", ClassifierConfig, BASE, "ResNet-18 on labelled faces")
    _add(commands, "codec", CodecConfig, BASELINE, "the codec, for rate and distortion only")
    _add(commands, "codec-only", JointConfig, None, "the codec, through the frozen classifier")
    _add(commands, "joint", JointConfig, None, "codec and classifier together")
    _add(commands, "control", JointConfig, None, "the classifier, on the baseline codec's output")
    for method in CLASSICAL:
        _add(commands, method, ClassicalConfig, None, f"the classifier, on {method.upper()} output")
    _add(commands, "action-units", UnitsConfig, "action-units", "the estimators of action units")
    given = parser.parse_args(arguments)
    if given.threads:
        torch.set_num_threads(given.threads)
    torch.backends.cudnn.benchmark = True  # a training sees few sizes, over and over
    words = [word if word != given.data else "DATA" for word in arguments or sys.argv[1:]]
    command = "python -m core.training " + shlex.join(words)  # a card tells no folder of its maker
    try:
        _train(given, command)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _add(commands, name: str, config: type, id: str | None, text: str) -> None:
    command = commands.add_parser(name, help=text, description=config.__doc__)
    command.set_defaults(config=config)
    command.add_argument("--data", help="folder with fer2013/ and london/, or a data set of faces")
    command.add_argument("--photographs", help="folder of photographs (default: DATA/london)")
    command.add_argument("--id", default=id, help="name of the checkpoint")
    command.add_argument("--threads", type=int, default=0, help="CPU threads (0: all)")
    command.add_argument(
        "--device", default=fastest_device(), help="cpu or cuda (default: the faster)"
    )
    for field in fields(config):
        if isinstance(field.default, (int, float, str)):
            option = "--" + field.name.replace("_", "-")
            command.add_argument(option, type=type(field.default), default=field.default)


def _train(given: argparse.Namespace, command: str) -> None:
    data = data_folder(given.data)
    config = given.config(
        **{f.name: getattr(given, f.name) for f in fields(given.config) if hasattr(given, f.name)}
    )
    if given.command == "action-units":
        state = state_folder() / given.command / "state.safetensors"
        train_units(data, config, state, command, given.device)
        return
    id = given.id or _default_id(given.command, config)
    faces = clean(read_faces(data))
    state = state_folder() / "training" / f"{id}.safetensors"
    print(f"training state: {state}", file=sys.stderr)
    common = {
        "config": asdict(config) | _started(config),
        "seed": config.seed,
        "data": faces.fingerprint,
        "command": history(state, command),
        "version": code_version(),
    }
    if given.command == "classifier":
        _finish_classifier(
            train_classifier(faces, config, state, given.device), id, "base", faces, common
        )
        return
    if given.command in CLASSICAL:
        classifier, _ = load_classifier(BASE)
        coded = output_of_classical(given.command, faces, config)
        classifier = train_reader(classifier, faces, coded, config, state, given.device)
        _finish_classifier(classifier, id, given.command, faces, common)
        return
    photographs = None
    if given.command != "control":
        photographs = read_photographs(Path(given.photographs or Path(data) / "london"), "train")
    if given.command == "codec":
        codec = train_codec(faces, photographs, config, state, given.device)
        _finish_codec(codec, id, "baseline", faces, common, classifier=BASE)
        return
    _finish_regime(given.command, id, faces, photographs, config, state, common, given.device)


def _started(config) -> dict[str, str]:
    """Which weights a training started from, where a checkpoint was named."""
    if not getattr(config, "start", ""):
        return {}
    return {"start": f"{config.start} {checkpoints.card(config.start).fingerprint[:16]}"}


def _default_id(command: str, config) -> str:
    """What a checkpoint is called unless told otherwise."""
    method = {"codec-only": "codec"}.get(command, command)
    weight = f"-g{config.gamma:g}" if command in ("codec-only", "joint") else ""
    tuned = "-tuned" if command in CLASSICAL else ""
    return f"{method}{weight}{tuned}" + (f"-s{config.seed}" if config.seed else "")


def _finish_regime(
    regime: str,
    id: str,
    faces: Faces,
    photographs,
    config,
    state: Path,
    common: dict,
    device: str,
) -> None:
    """Train one regime and keep what it changed."""
    codec, _ = load_codec(BASELINE)
    classifier, _ = load_classifier(BASE)
    codec, classifier = train_joint(
        regime, codec, classifier, faces, photographs, config, state, device
    )
    codec_learns, classifier_learns = learners(regime)
    read = accuracy_at(codec, classifier, faces.split("val"))
    if not codec_learns:
        _finish_classifier(classifier, id, regime, faces, common, read)
        return
    common["gamma"] = config.gamma
    judge = BASE
    if classifier_learns:
        judge = f"{id}-classifier"
        _finish_classifier(classifier, judge, regime, faces, common)
    method = "codec" if regime == "codec-only" else regime
    _finish_codec(codec, id, method, faces, common, classifier=judge, read=read)


def _finish_classifier(
    model, id: str, method: str, faces: Faces, common: dict, read: dict | None = None
) -> None:
    card = Card(
        id=id,
        kind="classifier",
        method=method,
        architecture={"classes": len(faces.classes)},
        metrics={"val_accuracy": accuracy(model, faces.split("val")), **(read or {})},
        **common,
    )
    _tell(checkpoints.save(model, card, replace=True))


def _finish_codec(
    model,
    id: str,
    method: str,
    faces: Faces,
    common: dict,
    classifier: str,
    read: dict | None = None,
) -> None:
    metrics = validate(model, at_face_size(faces.split("val").pixels[:512]))
    card = Card(
        id=id,
        kind="codec",
        method=method,
        architecture={"N": model.N, "M": model.M},
        metrics={**metrics, **(read or {})},
        classifier=classifier,
        **common,
    )
    _tell(checkpoints.save(model, card, replace=True))


def _tell(card: Card) -> None:
    measured = "  ".join(f"{name} {value:.4g}" for name, value in card.metrics.items())
    print(f"checkpoint {card.id} ({card.fingerprint[:16]})  {measured}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
