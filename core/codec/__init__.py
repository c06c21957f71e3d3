"""How a face is stored: the variable-rate codec, its file format, and the classical codecs."""
