"""A stranger's words, as they are: file names, participants, groups, events, notes, errors about them.

Streamlit reads what it shows as Markdown, in which a name could load a picture from another machine.
"""

_MEANS_SOMETHING = r"\`*_{}[]<>#$|~:!"


def plain(text: object, longest: int = 600) -> str:
    """The words without their meaning in Markdown, on one line, cut where they are very long."""
    line = " ".join(str(text).split())
    if len(line) > longest:
        line = line[: longest - 1] + "…"
    return "".join(f"\\{c}" if c in _MEANS_SOMETHING else c for c in line)
