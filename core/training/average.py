"""Exponential moving average of a model's weights: what is evaluated and shipped."""

import copy
from typing import Any

import torch
from torch import nn


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
        """Move the average towards ``model``; integer buffers are copied."""
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        pairs = zip(self.model.state_dict().values(), model.state_dict().values(), strict=True)
        floats: tuple[list, list] = ([], [])
        for mine, theirs in pairs:
            if mine.is_floating_point():
                floats[0].append(mine)
                floats[1].append(theirs)
            else:
                mine.copy_(theirs)
        torch._foreach_lerp_(*floats, 1 - decay)

    def state_dict(self) -> dict[str, Any]:
        """Weights and the number of updates."""
        return {"model": self.model.state_dict(), "updates": self.updates}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Put a saved average back."""
        self.model.load_state_dict(state["model"])
        self.updates = state["updates"]
