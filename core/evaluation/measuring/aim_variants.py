"""What an aim can be varied in, and what of it strangers see: a few faces of validation at one quality.

What only those see who were aimed at is a reader flattered; what the others see is expression kept.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from core import checkpoints
from core.codec.aimed import Aim
from core.errors import InputError
from core.evaluation.choices import RESAMPLES, SEED
from core.evaluation.measuring.aimed_rows import Plan, measure_aimed
from core.evaluation.measuring.cases import BASE_CLASSIFIER, BASE_CODEC
from core.evaluation.measuring.pictures import Pictures
from core.evaluation.measuring.run import measuring_code
from core.evaluation.measuring.table import results_folder
from core.files import write_whole
from core.progress import Progress
from core.recognition import find_classifier, known_classifiers

QUALITY_INDEX = 51
"""Where variants are compared: a file of about 40 bytes, of which nobody reads much."""

OURS = (BASE_CLASSIFIER, "control", "joint-g0.2-classifier")
"""Classifiers of ours that an encoder may look at together."""

STRANGER = "face-api"
"""The stranger that may be looked at: it has a gradient here.  Every other stranger stays held out."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to aim: what is varied, in words, and how."""

    what: str
    aim: Aim
    aimed_at: tuple[str, ...] = (BASE_CLASSIFIER,)

    def plan(self, classifiers: Sequence[str], quality_index: int) -> Plan:
        """What to measure."""
        return Plan(self.aim, self.aimed_at, (quality_index,), tuple(classifiers))


_WIDE = {"views": True, "hidden": 0.25}

VARIANTS: tuple[Variant, ...] = (
    Variant("as it is used", Aim()),
    Variant("12 steps", Aim(steps=12)),
    Variant("16 steps, wider", Aim(steps=16, rate=0.09)),
    Variant("24 steps, wider", Aim(rate=0.09)),
    Variant("48 steps", Aim(steps=48)),
    Variant("bits and pixels alone", Aim(gamma=0.0)),
    Variant("gamma 0.01", Aim(gamma=0.01)),
    Variant("gamma 0.2", Aim(gamma=0.2)),
    Variant("gamma 1", Aim(gamma=1.0)),
    Variant("z refined too", Aim(z=True)),
    Variant("annealed rounding", Aim(annealed=True)),
    Variant("shifted faces", Aim(views=True)),
    Variant("a quarter of the face hidden", Aim(hidden=0.25)),
    Variant("shifted and partly hidden", Aim(**_WIDE)),
    Variant("three of ours", Aim(), OURS),
    Variant("three of ours, shifted and partly hidden", Aim(**_WIDE), OURS),
    Variant("base and one stranger", Aim(), (BASE_CLASSIFIER, STRANGER)),
    Variant("the stranger alone", Aim(), (STRANGER,)),
    Variant(
        "three of ours and one stranger, shifted and partly hidden", Aim(**_WIDE), (*OURS, STRANGER)
    ),
)


def measure_variants(
    pictures: Pictures,
    quality_index: int = QUALITY_INDEX,
    variants: Sequence[Variant] = VARIANTS,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """One row a variant and reader.

    Columns: ``variant``, ``aimed_at``, ``reader``, ``looked_at`` (whether the encoder saw that reader),
    ``faces``, and without and with the aim ``bytes``, ``psnr``, ``accuracy`` and ``p_true`` (mean
    probability of the label), suffixed ``_plain`` and ``_aimed``; ``points`` with ``low`` and ``high``:
    the change of accuracy over the same faces with its 95 % interval.
    """
    classifiers = [known.id for known in known_classifiers() if known.id != BASE_CLASSIFIER]
    rows = []
    for number, variant in enumerate(variants):
        _, said = measure_aimed(variant.plan(classifiers, quality_index), pictures)
        rows += [_row(variant, str(id), part) for id, part in said.groupby("reader", sort=False)]
        if progress:
            progress(number + 1, len(variants), variant.what)
    return pd.DataFrame(rows)


def write_variants(
    table: pd.DataFrame, pictures: Pictures, quality_index: int, command: str
) -> Path:
    """Write the table with what it was made of."""
    classifiers = dict.fromkeys(
        [*table["reader"], *(id for ids in table["aimed_at"] for id in ids)]
    )
    document = {
        "version": measuring_code(),
        "command": command,
        "data": {f"{pictures.data}/{pictures.split}": pictures.fingerprint},
        "weights": {BASE_CODEC: checkpoints.card(BASE_CODEC).fingerprint},
        "readers": {id: find_classifier(id).fingerprint for id in classifiers},
        "quality_index": quality_index,
        "rows": table.to_dict("records"),
    }
    path = variants_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, (json.dumps(document, indent=1) + "\n").encode())
    return path


def variants_path() -> Path:
    """Where the table lies that ships."""
    return results_folder() / "aim_variants.json"


def read_variants() -> dict | None:
    """The document; None where there is none.  Raises InputError where it is damaged."""
    path = variants_path()
    if not path.is_file():
        return None
    try:
        document = json.loads(path.read_text())
        document["rows"] = pd.DataFrame(document["rows"])
        document["rows"][["variant", "reader", "points"]]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path.name} is not a table of aims: {error}") from error
    return document


def _row(variant: Variant, classifier: str, said: pd.DataFrame) -> dict:
    plain, aimed = (said[said["plain"] == plain].set_index("image") for plain in (True, False))
    hits = [part["prediction"] == part["label"] for part in (plain, aimed)]
    change = 100 * (hits[1].astype(float) - hits[0].reindex(hits[1].index)).to_numpy()
    low, high = _limits(change)
    row = {
        "variant": variant.what,
        "aim": asdict(variant.aim),
        "aimed_at": list(variant.aimed_at),
        "reader": classifier,
        "looked_at": classifier in variant.aimed_at,
        "faces": len(aimed),
        "points": float(change.mean()),
        "low": low,
        "high": high,
    }
    for name, part, right in (("plain", plain, hits[0]), ("aimed", aimed, hits[1])):
        row |= {
            f"bytes_{name}": float(part["file_bytes"].mean()),
            f"psnr_{name}": float(part["psnr"].mean()),
            f"accuracy_{name}": float(right.mean()),
            f"p_true_{name}": float(part["p_true"].mean()),
        }
    return row


def _limits(changes: np.ndarray) -> tuple[float, float]:
    """95 % interval of the mean, faces drawn again."""
    drawn = np.random.default_rng(SEED).integers(0, len(changes), (RESAMPLES, len(changes)))
    low, high = np.percentile(changes[drawn].mean(axis=1), (2.5, 97.5))
    return float(low), float(high)
