"""How a face is stored: the variable-rate codec, its file format, and the classical codecs."""

import importlib

_HOME = {
    "Analysis": "file_format",
    "Encoded": "file_format",
    "Header": "file_format",
    "Latents": "file_format",
    "VariableRateCodec": "network",
    "analyse": "file_format",
    "analyse_batch": "file_format",
    "bit_map": "file_format",
    "decode": "file_format",
    "encode": "file_format",
    "encode_within": "file_format",
    "find_card": "file_format",
    "inspect": "file_format",
    "pack": "file_format",
    "png": "pictures",
    "quantise": "file_format",
    "read_picture": "pictures",
    "synthesise": "file_format",
    "to_picture": "pictures",
    "to_tensor": "pictures",
    "unpack": "file_format",
}

__all__ = list(_HOME)


def __getattr__(name: str):
    """Import a name from its module when it is first used: the coder takes a second to load."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
