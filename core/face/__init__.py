"""Faces in pictures and videos: found, measured, followed, cut out."""


def __getattr__(name: str):
    """``measure_video`` and what it gives, imported when first used."""
    if name in ("measure_video", "Series"):
        from core.face import series

        return getattr(series, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
