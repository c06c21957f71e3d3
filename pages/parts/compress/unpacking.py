"""What is done with a stranger's .xpr file in a process of its own.

Nothing here knows of Streamlit, so that such a process begins quickly.
"""

import numpy as np

from core.codec.codec import decode_file
from core.codec.collection import open_many
from core.codec.file_format import MANY, kind_of


def picture_in(file: bytes, place: int) -> np.ndarray:
    """The picture in a file, or the one at a place where it holds many: uint8 (H, W, 3).

    Raises InputError where it cannot be decoded.
    """
    if kind_of(file) == MANY:
        return open_many(file, keep_going=True)[place]
    return decode_file(file)
