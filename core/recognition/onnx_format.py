"""What an ONNX file asks for, read from its bytes before anything runs it.

Only as much of the format (protocol buffers) as tells two things: whether tensors lie in other files, and
whether operators are outside ONNX's own sets.  Field numbers are those of ``onnx.proto``.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

STANDARD = {"", "ai.onnx", "ai.onnx.ml", "com.microsoft"}
"""Sets of operators that onnxruntime brings along."""

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_DEEPEST = 64

_INSIDE: dict[str, dict[int, str]] = {
    "model": {7: "graph", 25: "function", 20: "training"},
    "training": {1: "graph", 2: "graph"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
}
"""Message -> number of a field that holds messages -> what they are."""

_TENSOR_EXTERNAL, _TENSOR_LOCATION, _NODE_DOMAIN = 13, 14, 7


@dataclass
class Demands:
    """What a file asks for beyond itself."""

    has_graph: bool = False
    external_data: bool = False
    domains: set[str] = field(default_factory=set)

    @property
    def custom(self) -> list[str]:
        """Sets of operators that are not standard."""
        return sorted(self.domains - STANDARD)


def demands(content: bytes) -> Demands:
    """What the ONNX file ``content`` asks for; ValueError where it is no such file."""
    required = Demands()
    _walk(memoryview(content), "model", required, 0)
    return required


def _walk(message: memoryview, kind: str, required: Demands, depth: int) -> None:
    if depth > _DEEPEST:
        raise ValueError("graphs are nested too deeply")
    for number, value in _fields(message):
        if kind == "tensor":
            required.external_data |= number == _TENSOR_EXTERNAL
            required.external_data |= number == _TENSOR_LOCATION and value == 1
        elif kind == "node" and number == _NODE_DOMAIN:
            required.domains.add(bytes(value).decode("utf-8", "replace"))
        inner = _INSIDE.get(kind, {}).get(number)
        if inner is not None:
            if not isinstance(value, memoryview):
                raise ValueError("a message was expected")
            required.has_graph |= inner == "graph"
            _walk(value, inner, required, depth + 1)


def _fields(message: memoryview) -> Iterator[tuple[int, "memoryview | int"]]:
    """Number and value of every field of a message."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        number, wire = key >> 3, key & 7
        if wire == _VARINT:
            value, at = _varint(message, at)
        elif wire in (_FIXED64, _FIXED32, _BYTES):
            if wire == _BYTES:
                length, at = _varint(message, at)
            else:
                length = 8 if wire == _FIXED64 else 4
            if at + length > len(message):
                raise ValueError("the file is cut off")
            value, at = message[at : at + length], at + length
        else:
            raise ValueError("this is not an ONNX file")
        yield number, value


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(message) or shift > 63:
            raise ValueError("the file is cut off")
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
