"""The participant's id in the name of a file."""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

import regex

from core.errors import InputError

DEFAULT_PATTERN = (
    r"(?i)^(?P<participant>.+?)"
    r"(?:[ _.-]+(?:facau|facemo|clnf|aus?|openface|of|py-?feat|feat|libreface|pyfaceau|events?))*$"
)
"""Regular expression on a file's name without its suffix; what `participant` catches is the id.

With a ``/`` in it, it is matched against the whole path inside the folder or zip."""

SECONDS = 0.5
"""A pattern may search one name for so long."""


def participant_of(name: str, pattern: str = DEFAULT_PATTERN) -> str | None:
    """The participant id in a file's name, None where the pattern does not match.

    Raises InputError for a pattern that is no regular expression with a group.
    """
    try:
        compiled = regex.compile(pattern)
    except regex.error as error:
        raise InputError(f"The pattern {pattern!r} is no regular expression: {error}.") from error
    if not compiled.groups:
        raise InputError(
            f"The pattern {pattern!r} has no group; put the participant's part into parentheses, "
            r"as in (\d+)_.*"
        )
    path = PurePosixPath(name)
    stem = str(path.with_suffix("")) if "/" in pattern else path.stem
    match = _search(compiled, stem)
    if match is None:
        return None
    caught = match["participant"] if "participant" in compiled.groupindex else match[1]
    return (caught or "").strip() or None


def _search(compiled: regex.Pattern, text: str) -> regex.Match | None:
    r"""The first match; InputError for a pattern that goes on and on, as ``(\w+)+-x`` does.

    The search lets other threads run, and ends after `SECONDS`.
    """
    try:
        return compiled.search(text, timeout=SECONDS, concurrent=True)
    except TimeoutError as error:
        raise InputError(
            f"The pattern {compiled.pattern!r} takes too long on {text[:60]!r}: it tries one text in very "
            "many ways. Write it without repetitions inside repetitions."
        ) from error


def match_participant(name: str, pattern: str, known: Iterable[str] = ()) -> str | None:
    """The id by the pattern; if labels do not know it, the one labelled id in the file's name.

    A labelled id counts as in the name when it stands there as a whole word, zeros before a number
    aside (``004`` is ``4`` where no two ids are the same number); with two of them, or none, the
    pattern's word stands.
    """
    caught = participant_of(name, pattern)
    known = set(known)
    if caught in known or not known:
        return caught
    alike = _by_number(known)
    if caught and (same := alike.get(plain_id(caught))):
        return same
    words = re.split(r"[^0-9A-Za-z]+", PurePosixPath(name).stem)
    inside = {alike[plain] for word in words if (plain := plain_id(word)) in alike}
    return inside.pop() if len(inside) == 1 else caught


def plain_id(text: str) -> str:
    """An id without zeros before a number and without capitals: ``004`` and ``4`` are alike."""
    text = text.strip().lower()
    return re.sub(r"^0+(?=\d)", "", text)


def _by_number(known: set[str]) -> dict[str, str]:
    """Plain id -> id as the labels write it, without those that would be confused."""
    by_plain: dict[str, list[str]] = {}
    for person in known:
        by_plain.setdefault(plain_id(person), []).append(person)
    return {plain: persons[0] for plain, persons in by_plain.items() if len(persons) == 1}


def condition_of(name: str, pattern: str) -> str | None:
    """What the pattern's group ``condition`` catches in a file's name; None without such a group."""
    path = PurePosixPath(name)
    compiled = regex.compile(pattern)
    match = _search(compiled, str(path.with_suffix("")) if "/" in pattern else path.stem)
    if match is None or "condition" not in compiled.groupindex:
        return None
    return (match["condition"] or "").strip() or None
