"""How a face is stored: the variable-rate codec, its file format, and the classical codecs."""

import importlib

_HOME = {
    "Analysis": "bitstream",
    "Encoded": "bitstream",
    "Header": "bitstream",
    "Latents": "bitstream",
    "VariableRateCodec": "model",
    "analyse": "bitstream",
    "analyse_batch": "bitstream",
    "bit_map": "bitstream",
    "decode": "bitstream",
    "encode": "bitstream",
    "encode_within": "bitstream",
    "find_card": "bitstream",
    "inspect": "bitstream",
    "pack": "bitstream",
    "png": "pictures",
    "quantise": "bitstream",
    "read_picture": "pictures",
    "synthesise": "bitstream",
    "to_picture": "pictures",
    "to_tensor": "pictures",
    "unpack": "bitstream",
}

__all__ = list(_HOME)


def __getattr__(name: str):
    """Import a name from its module when it is first used: the coder takes a second to load."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
