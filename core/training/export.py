"""What a training leaves: weights, and a card with what was measured on validation faces."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core import checkpoints
from core.checkpoints import Card
from core.codec.network import VariableRateCodec
from core.data.faces import Faces
from core.provenance import code_version
from core.recognition import ExpressionClassifier
from core.training.classifier import accuracy, predict_crops
from core.training.codec import checked_faces, validate
from core.training.material import Material
from core.training.state import saved_progress

BASELINE, CLASSIFIER = "baseline", "base"
"""Ids of the codec and of the classifier that all regimes begin with."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where weights come from: what their card says beside what was measured."""

    config: dict[str, Any]
    seed: int
    data: str
    command: str

    @classmethod
    def of(
        cls, config: Any, material: Material, state: Path, command: str, **noted: Any
    ) -> "Origin":
        """The origin of a training by ``config`` on ``material`` that ended in ``state``.

        The card's configuration tells, beside what was asked for, the steps that were made, the seconds
        they took, the passes over the training faces, how many photographs there were, and ``noted``.
        """
        progress = saved_progress(state)
        each = getattr(config, "faces", getattr(config, "batch", 0))
        facts = {
            "steps": progress.step,
            "seconds": round(progress.seconds, 1),
            "passes": round(progress.step * each / max(1, len(material.train)), 2),
            "photographs": material.crops.count if material.crops else 0,
        }
        return cls(asdict(config) | facts | noted, config.seed, material.fingerprint, command)

    def card(self, id: str, kind: str, method: str, architecture: dict, **more: Any) -> Card:
        """The card of weights with this origin."""
        own = asdict(self)
        return Card(
            id=id, kind=kind, method=method, architecture=architecture, version=code_version(),
            **own, **more,
        )  # fmt: skip


def save_classifier(
    model: ExpressionClassifier,
    id: str,
    method: str,
    origin: Origin,
    checked: Faces,
    *,
    gamma: float | None = None,
    metrics: dict[str, float] | None = None,
    crops: bool = False,
    replace: bool = False,
) -> Card:
    """Write a classifier and its card; accuracy is that of the ``checked`` faces (test-time flip).

    ``crops`` adds the accuracy over ten views of a face, which costs five times as long.
    """
    measured = {"val_accuracy": accuracy(model, checked)}
    if crops:
        measured["val_accuracy_crops"] = accuracy(model, checked, read=predict_crops)
    card = origin.card(
        id,
        "classifier",
        method,
        {"classes": model.resnet.fc.out_features},
        metrics=measured | (metrics or {}),
        gamma=gamma,
    )
    return checkpoints.save(model, card, replace=replace)


def save_codec(
    model: VariableRateCodec,
    id: str,
    method: str,
    origin: Origin,
    material: Material,
    *,
    classifier: str,
    gamma: float | None = None,
    metrics: dict[str, float] | None = None,
    checked: int = 512,
    replace: bool = False,
) -> Card:
    """Write a codec and its card; ``classifier`` is the id of the one that reads its pictures.

    Rate and PSNR are those of the first ``checked`` validation faces.
    """
    card = origin.card(
        id,
        "codec",
        method,
        {"N": model.N, "M": model.M},
        metrics=validate(model, checked_faces(material, checked)) | (metrics or {}),
        gamma=gamma,
        classifier=classifier,
    )
    return checkpoints.save(model, card, replace=replace)


def described(card: Card) -> str:
    """One line on a checkpoint that was just written."""
    numbers = {name: v for name, v in card.metrics.items() if isinstance(v, int | float)}
    measured = "  ".join(f"{name} {value:.4g}" for name, value in numbers.items())
    return f"checkpoint {card.id} ({card.fingerprint[:16]})  {measured}"
