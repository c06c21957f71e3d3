"""The scale of qualities: 256 indices in a file, 0 to 1 for people."""

QUALITY_INDICES = 256
"""How many qualities a file can name."""

LAST_QUALITY_INDEX = QUALITY_INDICES - 1


def quality_of(index: int) -> float:
    """Quality in 0..1 of a quality index in 0..255."""
    return index / LAST_QUALITY_INDEX


def index_of(quality: float) -> int:
    """The nearest quality index of a quality in 0..1."""
    return round(quality * LAST_QUALITY_INDEX)


def check_quality_index(index: int) -> int:
    """``index`` itself; ValueError unless it is a whole number in 0..255."""
    if int(index) != index or not 0 <= index <= LAST_QUALITY_INDEX:
        raise ValueError(
            f"a quality index is a whole number in 0..{LAST_QUALITY_INDEX}, not {index!r}"
        )
    return int(index)
