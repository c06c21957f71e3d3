"""Nets that were trained elsewhere become checkpoints here: ``python -m core.checkpoints adopt FOLDER``.

Nothing is taken on trust: every file is compared with its card, every net is built from it, and what it
was trained on must be what the checkpoints here were trained on.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core import checkpoints, cli
from core.checkpoints import Card
from core.errors import InputError

KINDS = ("codec", "classifier")
"""What can be adopted."""


@dataclass(frozen=True, slots=True)
class NetFile:
    """A net in a folder: its card, and the file with its weights."""

    card: Card
    weights: Path


def nets_in(folder: Path) -> list[NetFile]:
    """The nets of ``folder``, by id.

    Raises InputError that lists every card without its weights, with other weights than it describes,
    of another kind, or that is not one.
    """
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}.")
    nets, problems = [], []
    for path in sorted(folder.glob("*.json")):
        try:
            card = Card(**json.loads(path.read_text()))
        except (json.JSONDecodeError, TypeError, UnicodeDecodeError):
            if path.with_suffix(".safetensors").exists():
                problems.append(f"{path.name} is not the card of a checkpoint")
            continue
        weights = path.with_suffix(".safetensors")
        if card.id != path.stem:
            problems.append(f"{path.name} is the card of {card.id}")
        elif card.kind not in KINDS:
            problems.append(
                f"{card.id} is a {card.kind}; only {' and '.join(KINDS)} can be adopted"
            )
        elif not weights.is_file():
            problems.append(f"{card.id}: the weights are missing")
        elif checkpoints.fingerprint(weights) != card.fingerprint:
            problems.append(f"{card.id}: the weights are not those of the card (SHA-256 differs)")
        else:
            nets.append(NetFile(card, weights))
    problems += [
        f"{each.card.id} is read by {each.card.classifier}, which is neither there nor here"
        for each in nets
        if each.card.classifier and not _known(each.card.classifier, nets)
    ]
    _refuse(folder, problems)
    if not nets:
        raise InputError(f"{folder} holds no nets.")
    return nets


def check_data(nets: Sequence[NetFile]) -> None:
    """Raise InputError for nets that saw other faces than the checkpoints here, or than each other."""
    seen = {each.card.id: each.card.data for each in nets}
    here = {card.data for kind in KINDS for card in checkpoints.cards(kind)}
    wanted = here or set(list(seen.values())[:1])
    if not set(seen.values()) <= wanted:
        data_of_each = ", ".join(f"{id} {fingerprint}" for id, fingerprint in seen.items())
        raise InputError(
            f"These nets did not see the faces that the checkpoints here saw "
            f"({', '.join(sorted(wanted))}): {data_of_each}. --any-data adopts them nevertheless."
        )


def check_load(each: NetFile) -> None:
    """Build the net of a card and fill it; InputError where the weights do not fit or are no numbers."""
    import torch

    from core.codec.network import VariableRateCodec
    from core.recognition import ExpressionClassifier

    build = {"codec": VariableRateCodec, "classifier": ExpressionClassifier}[each.card.kind]
    try:
        model = build(**each.card.architecture)
    except TypeError as error:
        raise InputError(f"{each.card.id}: no {each.card.kind} is built like that.") from error
    checkpoints.fill(model, each.weights)
    if not all(torch.isfinite(value).all() for value in model.state_dict().values()):
        raise InputError(f"{each.card.id} holds weights that are no numbers.")


def adopt(
    folder: Path,
    *,
    only: Sequence[str] | None = None,
    replace: bool = False,
    any_data: bool = False,
) -> list[Card]:
    """Take the nets of ``folder`` over, all or none; return their cards.

    Raises InputError, before anything is written, for whatever :func:`nets_in`, :func:`check_data` and
    :func:`check_load` refuse, and for ids that are taken here unless ``replace``.
    """
    nets = nets_in(folder)
    if only:
        unknown = set(only) - {each.card.id for each in nets}
        if unknown:
            raise InputError(f"{folder} holds no net called {', '.join(sorted(unknown))}.")
        nets = [each for each in nets if each.card.id in only]
    if not any_data:
        check_data(nets)
    new = [each for each in nets if not _same(each)]
    for each in new:
        checkpoints.check_free(each.card.id, replace=replace)
        check_load(each)
    for each in new:
        checkpoints.install(each.weights, each.card, replace=replace)
    return [each.card for each in new]


def main(arguments: list[str] | None = None) -> int:
    """``adopt FOLDER``; 0 on success, 2 for nets that are refused."""
    parser = cli.parser("core.checkpoints", __doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    command = cli.command(
        commands,
        "adopt",
        "take over nets that were trained elsewhere, after checking them",
        "python -m core.checkpoints adopt trained --replace",
    )
    command.add_argument("folder", metavar="FOLDER", type=Path, help="what `training all` wrote")
    command.add_argument("--only", nargs="+", metavar="ID", help="these nets alone")
    command.add_argument(
        "--replace", action="store_true", help="earlier weights are kept under another name"
    )
    command.add_argument(
        "--any-data", action="store_true", help="also nets that saw other faces than those here"
    )
    return cli.run(_adopt, parser.parse_args(arguments))


def _adopt(given: argparse.Namespace) -> None:
    taken = adopt(given.folder, only=given.only, replace=given.replace, any_data=given.any_data)
    for card in taken:
        measured = "  ".join(f"{name} {value:.4g}" for name, value in card.metrics.items())
        print(f"{card.id} ({card.fingerprint[:16]})  {measured}")
    if not taken:
        print("All of these nets are here already.")


def _same(each: NetFile) -> bool:
    """Whether the very same net is here under its id."""
    try:
        return checkpoints.card(each.card.id).fingerprint == each.card.fingerprint
    except InputError:
        return False


def _known(id: str, nets: Sequence[NetFile]) -> bool:
    here = (checkpoints.folder() / f"{id}.json").is_file()
    return here or any(each.card.id == id for each in nets)


def _refuse(folder: Path, problems: list[str]) -> None:
    if problems:
        raise InputError(f"{folder} cannot be adopted:\n" + "\n".join(f"- {p}" for p in problems))


if __name__ == "__main__":
    sys.exit(main())
