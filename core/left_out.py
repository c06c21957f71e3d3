"""Packages without what they import and nobody here uses.

A package that is wanted for one network may import others that fill a hundred megabytes and take a
second to load.  While it is imported, modules that hold nothing stand in the place of those.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType


@contextmanager
def left_out(package: str, *parts: str) -> Iterator[None]:
    """While this lasts, ``package`` and its ``parts`` (``package.part``) hold nothing when imported.

    Whoever imports names from them gets something to derive from or to decorate with, never to be
    used.  Nothing is done where the package is loaded already; afterwards it can be loaded as ever.
    """
    names = () if package in sys.modules else (package, *(f"{package}.{part}" for part in parts))
    empty = {name: _Empty(name) for name in names}
    sys.modules.update(empty)
    try:
        yield
    finally:
        for name, module in empty.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]


class _Empty(ModuleType):
    """A package of which names are imported and never used."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__path__ = []  # so that parts of it can be imported

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Unused


class _Unused:
    """A class to derive from, or a maker of decorators that change nothing."""

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def __call__(self, decorated: type) -> type:
        return decorated
