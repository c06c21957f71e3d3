"""What an expression says of action units: chances from the literature, matched group by group."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from core.data.faces import Faces
from core.data.votes import read_votes
from core.errors import InputError
from core.expressions import EXPRESSIONS
from core.facs import UNITS
from core.training.unit_shots import Shots

CHANCE: dict[str, dict[str, float]] = {
    "happy": {"AU12": 0.9, "AU25": 0.8, "AU06": 0.51},
    "sad": {"AU04": 0.8, "AU15": 0.8, "AU01": 0.6, "AU06": 0.5, "AU26": 0.11, "AU17": 0.67},
    "fear": {"AU01": 0.8, "AU04": 0.8, "AU20": 0.8, "AU25": 0.8, "AU02": 0.57, "AU05": 0.63, "AU26": 0.33},
    "angry": {"AU04": 0.9, "AU07": 0.8, "AU10": 0.26, "AU17": 0.52, "AU23": 0.29},
    "surprise": {"AU01": 0.9, "AU02": 0.9, "AU25": 0.8, "AU26": 0.8, "AU05": 0.66},
    "disgust": {"AU09": 0.8, "AU10": 0.8, "AU17": 0.8, "AU04": 0.31},
    "neutral": {},
}  # fmt: skip
"""Expression -> unit -> how often it shows (Du, Tao and Martinez 2014, table 1).

Units that the table calls prototypical, without a figure, are over 70 %: 80 % here, 90 % for the
ones that define the expression.  Units it does not name: 5 %.
"""

WEAK_UNITS = tuple(sorted({unit for units in CHANCE.values() for unit in units}))
"""Units of the appearance network that see expression labels in training."""


def vote_shares(data: Path, faces: Faces, labelled: Shots) -> np.ndarray:
    """Share (n, 7) of each expression among ten people's votes; the label where nobody voted."""
    alone = one_hot(labelled.label)
    try:
        votes = read_votes(data, faces.names)
    except InputError:
        return alone
    shares = votes.shares[labelled.person].astype(np.float32)
    return np.where(np.isfinite(shares).all(1, keepdims=True), shares, alone)


def one_hot(labels: np.ndarray) -> np.ndarray:
    """Labels (n,) as shares (n, 7)."""
    return np.eye(len(EXPRESSIONS), dtype=np.float32)[labels]


def weak_loss(units: Tensor, shares: Tensor) -> Tensor:
    """How far the share of faces that show a unit is from the known chance.

    ``units``: (groups, faces, 17) intensities; ``shares``: (groups, faces, 7) of each expression among
    the votes.  Proportions of a group are matched instead of every face, so that faces of one group may
    still differ.
    """
    chances = torch.tensor(
        [[CHANCE[name].get(unit, 0.05) for unit in UNITS] for name in EXPRESSIONS]
    )
    wanted = shares.mean(1) @ chances
    share = torch.sigmoid(3 * (units - 1)).mean(1).clamp(1e-3, 1 - 1e-3).cpu()
    weak = torch.tensor([unit in WEAK_UNITS for unit in UNITS])
    return torch.nn.functional.binary_cross_entropy(share, wanted, reduction="none")[:, weak].mean()
