"""The floor: a codec whose file holds nothing but the expression.

::

    face -> our classifier -> class -> range coder -> file -> class -> the mean face of that class

The sender names the expression, the receiver draws the same face for everyone: nearly all of the accuracy
at less than a byte, and no person left.  Accuracy against bits, by the classifier that the codec was made
for, cannot tell this from a portrait.

A file holds the number of faces (1 byte, less one) and one class for each (range coded, by how often the
classes come in training).
"""

import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from PIL import Image

from core import checkpoints
from core.codec.entropy import CorruptStream, Reader, Tables, bits, write
from core.errors import InputError
from core.evaluation.measuring.coding import Coded
from core.evaluation.measuring.pictures import Pictures
from core.expressions import EXPRESSIONS
from core.files import write_whole
from core.picture_files import FORMATS

SIDE = 64
MOST = 256
"""Faces that a file can hold."""

TOGETHER, ALONE = 0, 1
"""Quality indices of the method: 64 faces in one file, as the classical codecs have it, or one a file."""

_SHEET = 64


@dataclass(frozen=True)
class LabelCodec:
    """``faces``: uint8 (7, 64, 64), drawn for each class; ``counts``: training faces of each class."""

    faces: np.ndarray
    counts: tuple[int, ...]

    @cached_property
    def _tables(self) -> Tables:
        counts = np.asarray(self.counts, dtype=np.float64)
        return Tables.of([counts / counts.sum()], [0])

    def encode(self, classes: Sequence[int]) -> bytes:
        """The file of 1 to 256 classes (indices into ``EXPRESSIONS``)."""
        symbols = np.asarray(classes, dtype=np.int32)
        if not 1 <= len(symbols) <= MOST or symbols.min() < 0 or symbols.max() >= len(EXPRESSIONS):
            raise ValueError("a file holds 1 to 256 classes in 0..6")
        alphabet = np.zeros(len(symbols), np.int32)
        cost = float(bits(symbols, alphabet, self._tables).sum())
        return bytes([len(symbols) - 1]) + write([(symbols, alphabet, self._tables)], cost)

    def decode(self, file: bytes) -> np.ndarray:
        """The classes (n,) in ``file``; InputError where no encoder writes these bytes."""
        if not file:
            raise InputError("This file of labels is empty.")
        try:
            symbols = Reader(file[1:]).read(np.zeros(file[0] + 1, np.int32), self._tables)
        except CorruptStream as error:
            raise InputError(f"This file of labels is damaged: {error}.") from error
        if symbols.min() < 0 or symbols.max() >= len(EXPRESSIONS) or self.encode(symbols) != file:
            raise InputError("This file of labels is damaged: no encoder writes these bytes.")
        return symbols

    def draw(self, classes: np.ndarray) -> np.ndarray:
        """The faces (n, 64, 64, 3), uint8, that a file's classes stand for."""
        return np.repeat(self.faces[np.asarray(classes)][..., None], 3, axis=-1)


def coded(codec: LabelCodec, pictures: Pictures, classes: np.ndarray) -> list[Coded]:
    """The pictures' ``classes`` in real files: 64 a file, then one a file."""
    starts = range(0, len(pictures), _SHEET)
    groups = {
        TOGETHER: [list(range(i, min(i + _SHEET, len(pictures)))) for i in starts],
        ALONE: [[i] for i in range(len(pictures))],
    }
    parts = []
    for index, members in groups.items():
        cost, decoded = np.empty(len(pictures)), [np.empty(0)] * len(pictures)
        for group in members:
            file = codec.encode(classes[group])
            cost[group] = len(file) / len(group)
            for i, face in zip(group, codec.draw(codec.decode(file)), strict=True):
                decoded[i] = _at_size(face, pictures.judged[i].shape[:2])
        number = [(pictures.first + i) // _SHEET for i in range(len(pictures))]
        parts.append(Coded(
            float(index), decoded, cost, cost - [1 / len(g) for g in members for _ in g],
            number if index == TOGETHER else [None] * len(pictures), [SIDE] * len(pictures),
        ))  # fmt: skip
    return parts


def folder() -> Path:
    """Where the mean faces lie, beside the checkpoints."""
    return checkpoints.folder() / "label"


def load_label_codec() -> tuple[LabelCodec, dict]:
    """The codec and its card; InputError where it is missing or is not what its card describes."""
    card_path, picture_path = folder() / "label.json", folder() / "mean-faces.png"
    if not (card_path.is_file() and picture_path.is_file()):
        raise InputError("There are no mean faces beside the checkpoints for the method label.")
    card, content = json.loads(card_path.read_text()), picture_path.read_bytes()
    if hashlib.sha256(content).hexdigest() != card["fingerprint"]:
        raise InputError(f"{picture_path.name} is not the file that its card describes.")
    sheet = np.asarray(Image.open(io.BytesIO(content), formats=FORMATS).convert("L"))
    faces = sheet.reshape(SIDE, len(EXPRESSIONS), SIDE).transpose(1, 0, 2)
    return LabelCodec(faces, tuple(card["counts"])), card


def save_label_codec(codec: LabelCodec, card: dict) -> dict:
    """Write the mean faces as one picture, and its card; return the card with its fingerprint."""
    buffer = io.BytesIO()
    sheet = codec.faces.transpose(1, 0, 2).reshape(SIDE, -1)
    Image.fromarray(sheet).save(buffer, "png", optimize=True)
    card = {
        **card,
        "counts": list(codec.counts),
        "fingerprint": hashlib.sha256(buffer.getvalue()).hexdigest(),
    }
    write_whole(folder() / "mean-faces.png", buffer.getvalue())
    write_whole(folder() / "label.json", (json.dumps(card, indent=1) + "\n").encode())
    return card


def _at_size(face: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    if face.shape[:2] == size:
        return face
    return np.asarray(Image.fromarray(face).resize(size[::-1], Image.Resampling.BICUBIC))
