"""Train a checkpoint; the same command goes on where it stopped.

``python -m core.training baseline|generic|classifier|codec|joint|control|jpeg|avif|action-units|all``.
"""

import argparse
import re
import sys
from dataclasses import fields

from core import cli
from core.training import plan
from core.training.settings import (
    ClassicalConfig,
    ClassifierConfig,
    CodecConfig,
    RegimeConfig,
    UnitsConfig,
)

_EARLIER = {"codec-only": "codec"}
"""Words of earlier versions, and what they are called now."""

_COMMANDS = (
    ("baseline", CodecConfig, "the codec, for rate and distortion only, on faces and photographs",
     "--faces 64 --steps 20000 --cooldown 8000"),
    ("generic", CodecConfig, "the codec, for rate and distortion only, on pictures without faces",
     "--faces 64 --steps 20000"),
    ("classifier", ClassifierConfig, "the classifier (ResNet-18) on labelled faces",
     "--votes 0.5 --mixup 0.2"),
    ("codec", RegimeConfig, "the codec, through the frozen classifier",
     "--gamma 0.2 --faces 64 --steps 5052"),
    ("joint", RegimeConfig, "codec and classifier together", "--gamma 0.2 --faces 64 --steps 5052"),
    ("control", RegimeConfig, "the classifier, on the baseline codec's output",
     "--faces 64 --steps 5052"),
    ("jpeg", ClassicalConfig, "the classifier, on JPEG's output", "--faces 64 --steps 450"),
    ("avif", ClassicalConfig, "the classifier, on AVIF's output", "--faces 64 --steps 450"),
    ("action-units", UnitsConfig, "the estimators of action units", "--steps 2600"),
    ("action-units-stack", UnitsConfig, "the calibrated stack over the estimators of action units",
     "--stack-steps 1500"),
    ("action-units-validation", UnitsConfig, "nothing, but validates what reads action units",
     "--renders-test 40"),
)  # fmt: skip

_WORDS = {
    CodecConfig: ("rate", "distortion", "alpha", "beta", "seed"),
    RegimeConfig: ("alpha", "beta", "gamma", "cross-entropy", "control", "seed"),
}
"""Words of the glossary that a training's options use."""


def main(arguments: list[str] | None = None) -> int:
    """Run one training; 0 on success, 2 on input that cannot be used."""
    words = sys.argv[1:] if arguments is None else arguments
    if words and words[0] in _EARLIER:
        print(f"{words[0]} is called {_EARLIER[words[0]]} now.", file=sys.stderr)
        return 2
    given = _parser().parse_args(words)
    if given.command == "all":
        return cli.run(_all, given)
    command = cli.recorded_command("core.training", words, DATA=given.data)
    return cli.run(lambda given: _one(given, command), given)


def _one(given: argparse.Namespace, command: str) -> None:
    from core.training.commands import train

    train(given, command)


def _all(given: argparse.Namespace) -> None:
    out, state = plan.claim_folders(given)
    from core.training.everything import train_all

    train_all(given, out, state)


def _parser() -> argparse.ArgumentParser:
    parser = cli.parser("core.training", __doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, config, does, example in _COMMANDS:
        example = f"python -m core.training {name} {example}"
        command = cli.command(commands, name, does, example, _WORDS.get(config, ()))
        command.set_defaults(config=config)
        _add_common(command)
        command.add_argument(
            "--photographs", metavar="FOLDER", help="folder of photographs (default: DATA/london)"
        )
        command.add_argument(
            "--id", type=_id, help="name of the checkpoint (default: the method's)"
        )
        command.add_argument(
            "--replace",
            action="store_true",
            help="take the place of a checkpoint of that name, which is kept under another one",
        )
        for field in fields(config):
            command.add_argument(
                "--" + field.name.replace("_", "-"),
                dest=field.name,
                type=field.metadata["type"],
                default=field.default,
                metavar=type(field.default).__name__.upper(),
                help=f"{field.metadata['help']} (default: {field.default!s})".replace("%", "%%"),
            )
    plan.add_command(commands, _add_common)
    return parser


def _add_common(command: argparse.ArgumentParser) -> None:
    cli.add_data(command)
    command.add_argument(
        "--threads", type=cli.whole(0), default=0, metavar="N", help="CPU threads (default: 0, all)"
    )
    command.add_argument(
        "--device", type=_device, help="cpu, cuda or cuda:NUMBER (default: a card if there is one)"
    )


def _device(text: str) -> str:
    if not re.fullmatch(r"cpu|cuda(:\d+)?", text):
        raise argparse.ArgumentTypeError(f"{text!r} is neither cpu nor cuda nor cuda:NUMBER")
    return text


def _id(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", text):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no name of a checkpoint: letters, digits, dots and dashes"
        )
    return text


if __name__ == "__main__":
    sys.exit(main())
