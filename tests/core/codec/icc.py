"""A small ICC profile (version 2, matrix and one curve), written by hand."""

import struct

import numpy as np

D50 = np.array([0.9642, 1.0, 0.8249])


def profile(primaries, gamma: float = 2.2, name: str = "Made up") -> bytes:
    """The profile of a display: white, red, green, blue as x, y; a gamma for all three."""
    white, *colours = (np.array([x / y, 1, (1 - x - y) / y]) for x, y in primaries)
    matrix = np.stack(colours, axis=1)
    matrix = matrix * np.linalg.solve(matrix, white)
    cones = np.array(
        [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
    )
    matrix = np.linalg.inv(cones) @ np.diag((cones @ D50) / (cones @ white)) @ cones @ matrix
    text = name.encode() + b"\0"
    description = b"desc" + bytes(4) + struct.pack(">I", len(text)) + text + bytes(78)
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256))
    tags = {b"desc": description, b"wtpt": _xyz(D50)}
    tags |= {tag: _xyz(matrix[:, i]) for i, tag in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))}
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    return _assembled(b"RGB ", tags)


def grey_profile(gamma: float) -> bytes:
    """The profile of a grey picture with a gamma."""
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256))
    return _assembled(b"GRAY", {b"wtpt": _xyz(D50), b"kTRC": curve})


def _xyz(values) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(value * 65536) for value in values))


def _assembled(space: bytes, tags: dict[bytes, bytes]) -> bytes:
    offset, table, data = 132 + 12 * len(tags), b"", b""
    for tag, content in tags.items():
        content += bytes(-len(content) % 4)
        table += tag + struct.pack(">2I", offset + len(data), len(content))
        data += content
    head = bytes(4) + bytes(4) + struct.pack(">I", 0x02200000) + b"mntr" + space + b"XYZ "
    head += (
        struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + _xyz(D50)[8:] + bytes(48)
    )
    body = head + struct.pack(">I", len(tags)) + table + data
    return struct.pack(">I", len(body)) + body[4:]
