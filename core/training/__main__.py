"""``python -m core.training``: train a checkpoint; the same command goes on where it stopped."""

import argparse
import sys
from dataclasses import fields
from pathlib import Path

import torch

from core.errors import InputError
from core.training.faces import clean, data_folder, read_faces
from core.training.progress import state_folder


def main(arguments: list[str] | None = None) -> int:
    """Run one training; 0 on success, 2 on input that cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m core.training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    from core.training.classifier import ClassifierConfig
    from core.training.codec import CodecConfig

    for name, config, text in (
        ("classifier", ClassifierConfig, "ResNet-18 on labelled faces"),
        ("codec", CodecConfig, "the codec, rate and distortion only"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("--data", help="folder with fer2013/ and london/, or a data set")
        command.add_argument("--id", default=f"{name}-base", help="name of the checkpoint")
        command.add_argument("--threads", type=int, default=0, help="CPU threads (0: all)")
        for field in fields(config):
            if isinstance(field.default, (int, float)):
                option = "--" + field.name.replace("_", "-")
                command.add_argument(option, type=type(field.default), default=field.default)
    given = parser.parse_args(arguments)
    if given.threads:
        torch.set_num_threads(given.threads)
    try:
        return _train(given, ClassifierConfig, CodecConfig)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2


def _train(given: argparse.Namespace, classifier_config, codec_config) -> int:
    data = data_folder(given.data)
    faces = clean(read_faces(data))
    state = state_folder() / "training" / f"{given.id}.safetensors"
    print(f"training state: {state}", file=sys.stderr)
    chosen = codec_config if given.command == "codec" else classifier_config
    config = chosen(
        **{f.name: getattr(given, f.name) for f in fields(chosen) if hasattr(given, f.name)}
    )
    if given.command == "codec":
        from core.training.codec import train_codec
        from core.training.photographs import read_photographs

        train_codec(faces, read_photographs(Path(data) / "london", "train"), config, state)
    else:
        from core.training.classifier import train_classifier

        train_classifier(faces, config, state)
    return 0


if __name__ == "__main__":
    sys.exit(main())
