"""Randomness that follows from a seed, a purpose and a step alone: a resumed training repeats itself."""

from enum import IntEnum

import numpy as np
import torch


class Purpose(IntEnum):
    """What random numbers are for; each purpose has a stream of its own."""

    ORDER = 0
    MIRROR = 1
    PHOTOGRAPHS = 2
    START = 3
    MODEL = 4
    AUGMENTATION = 5
    MIXUP = 6


def number_of(seed: int, purpose: Purpose, step: int = 0) -> int:
    """A seed of 63 bits."""
    state = np.random.SeedSequence((seed, int(purpose), step)).generate_state(1, np.uint64)
    return int(state[0]) >> 1


def generator(
    seed: int, purpose: Purpose, step: int = 0, device: str | torch.device = "cpu"
) -> torch.Generator:
    """A generator of its own on ``device``."""
    return torch.Generator(device).manual_seed(number_of(seed, purpose, step))
