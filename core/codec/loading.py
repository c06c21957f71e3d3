"""A codec from its checkpoint."""

from core import checkpoints
from core.checkpoints import Card
from core.codec.network import VariableRateCodec


def load_codec(id: str) -> tuple[VariableRateCodec, Card]:
    """The codec ``id``, ready to code on the CPU, and its card.

    Raises InputError for an unknown id, a checkpoint of another kind, and weights that are missing or
    are not those that the card describes.
    """
    codec = VariableRateCodec(**checkpoints.of_kind(id, "codec").architecture)
    return codec, checkpoints.load(codec, id)
