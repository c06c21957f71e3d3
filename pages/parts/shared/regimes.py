"""The trainings as they are called on the page and in links."""

from core.methods import METHODS, REGIMES, name_of

NAMES = {method: name_of(method) for method in REGIMES}
"""Id -> name."""

HELP = "What was trained. " + " ".join(
    f"{name}: {METHODS[method].trained}" for method, name in NAMES.items()
)
