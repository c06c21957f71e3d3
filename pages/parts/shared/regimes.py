"""The trainings as they are called on the page and in links, and the quality at which one begins."""

from core.methods import METHODS, REGIMES, name_of

NAMES = {method: name_of(method) for method in REGIMES}
"""Id -> name."""

FIRST_QUALITY = 70
"""Quality index at which pages open: few bits, where trainings differ most."""

HELP = "What was trained. " + " ".join(
    f"{name}: {METHODS[method].trained}" for method, name in NAMES.items()
)
