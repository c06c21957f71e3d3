"""How a face is stored: the variable-rate codec, its file format, and the classical codecs.

codec = core.codec.load("baseline")
file = codec.encode("face.png", quality=0.4)
picture = codec.decode(file)
"""

import importlib

_HOME = {
    "Analysis": "latents",
    "Codec": "codec",
    "Encoded": "file_format",
    "Header": "file_format",
    "Latents": "latents",
    "VariableRateCodec": "network",
    "analyse": "latents",
    "analyse_batch": "latents",
    "bit_map": "latents",
    "codec_of": "codec",
    "decode": "file_format",
    "decode_file": "codec",
    "encode": "file_format",
    "encode_many": "collection",
    "encode_within": "rate_control",
    "find_card": "file_format",
    "inspect": "file_format",
    "load": "codec",
    "open_many": "collection",
    "pack": "file_format",
    "png": "pictures",
    "quantise": "latents",
    "read_picture": "pictures",
    "synthesise": "latents",
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
