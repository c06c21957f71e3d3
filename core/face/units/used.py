"""Which checkpoint speaks for the units: the estimators one by one, or the calibrated stack over them.

The stack lies beside the estimators and says in its card whether it is ``in_use``.  Documents that were
made with the one are made again before the other takes over, so it is one word in one place.
"""

from core import checkpoints

ESTIMATORS, STACK = "action-units", "action-units-stack"
"""Ids and kinds of the two checkpoints."""


def stack_card() -> checkpoints.Card | None:
    """The card of the stack, None without it."""
    return next(iter(checkpoints.cards(STACK)), None)


def stack_in_use() -> bool:
    """Whether units are the stack's wherever nothing else is asked for."""
    card = checkpoints.units_card()
    return card is not None and card.kind == STACK


def over_which(stack: checkpoints.Card) -> str:
    """Id of the estimators that a stack weighs, by its card."""
    return stack.config.get("over", ESTIMATORS)


def weights_of_stack() -> list[str]:
    """Ids of the checkpoints on which the calibrated units and the confidence depend."""
    stack = stack_card()
    return [over_which(stack), STACK] if stack else []


def weights_in_use() -> list[str]:
    """Ids of the checkpoints on which a unit's value depends, none where nothing measures units."""
    estimators = [card.id for card in checkpoints.cards(ESTIMATORS)]
    return weights_of_stack() if estimators and stack_in_use() else estimators
