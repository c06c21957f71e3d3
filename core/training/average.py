"""Exponential moving average of a model's weights: what is evaluated and shipped.

Ours and not torch's ``AveragedModel``, which is not equal: it has no warm-up of the decay, blurs whole
numbers among the buffers, and copies its counter to the card, which makes every step wait for it.
"""

import copy
from typing import Any

import torch
from torch import Tensor, nn


class Average:
    """``shadow <- decay * shadow + (1 - decay) * model`` over parameters and float buffers.

    The decay is warmed up as (1 + n) / (10 + n), so early steps do not linger.
    """

    def __init__(self, model: nn.Module, decay: float = 0.999) -> None:
        self.model = copy.deepcopy(model).requires_grad_(False)
        self.decay = decay
        self.updates = 0

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Move the average towards ``model``; whole numbers among the buffers are copied."""
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        ours: list[Tensor] = []
        theirs: list[Tensor] = []
        for mine, new in zip(
            self.model.state_dict().values(), model.state_dict().values(), strict=True
        ):
            if mine.is_floating_point():
                ours.append(mine)
                theirs.append(new)
            else:
                mine.copy_(new)
        torch._foreach_lerp_(ours, theirs, 1 - decay)  # all at once: few calls

    def state_dict(self) -> dict[str, Any]:
        """Weights and the number of updates."""
        return {"model": self.model.state_dict(), "updates": self.updates}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Put a saved average back."""
        self.model.load_state_dict(state["model"])
        self.updates = state["updates"]
