"""The pictures of a test: faces that ship, or FER2013's where it is on the machine, coded in real files."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from core.codec.file_format import pack
from core.codec.latents import analyse, quantise, synthesise
from core.codec.network import VariableRateCodec
from core.codec.pictures import to_picture
from core.data.faces import at_face_size, read_faces
from core.data.votes import read_votes
from core.evaluation.measuring.pictures import gallery
from core.expressions import EXPRESSIONS
from core.folders import data_folder
from core.progress import Progress
from core.reading_test.trials import Face, Trial
from core.recognition import as_faces

QUALITY_INDICES = (0, 38, 76, 128, 192)
"""Quality indices of the levels of a test, from the least bits."""

LEAST_AGREEMENT = 0.7
"""Share of ten people who must agree on a face of FER2013 before it is asked about."""


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """Faces to ask about: ``pictures`` uint8 (n, 64, 64, 3), one for each of ``faces``."""

    name: str
    faces: tuple[Face, ...]
    pictures: np.ndarray

    def picture(self, name: str) -> np.ndarray:
        """The original of the face ``name``."""
        return self.pictures[[face.name for face in self.faces].index(name)]


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What a trial shows: ``picture`` uint8 (64, 64, 3); ``bytes`` of its file, NaN for an original."""

    trial: Trial
    picture: np.ndarray
    bytes: float


def shipped_material() -> Material | None:
    """Renders and composites of the gallery that have a label; None where there is no gallery."""
    pictures = gallery()
    if pictures is None:
        return None
    labelled = [i for i, label in enumerate(pictures.labels) if label in EXPRESSIONS]
    if not labelled:
        return None
    faces = tuple(
        Face(
            pictures.names[i],
            pictures.names[i].rsplit("-", 1)[0],
            EXPRESSIONS.index(pictures.labels[i]),
        )
        for i in labelled
    )
    return Material(
        "Faces that ship: renders and composites",
        faces,
        as_faces([pictures.judged[i] for i in labelled]),
    )


def fer2013_material(count: int = 140, seed: int = 0) -> Material:
    """Test faces of FER2013 on whose expression ten people agree, as many of each class.

    The truth is FER+'s majority.  Raises InputError where the data or the votes are not here.
    """
    folder = data_folder()
    faces = read_faces(folder).split("test")
    votes = read_votes(folder, faces.names)
    truth, vote_shares = votes.majority, votes.shares
    agreed = np.where(truth >= 0, vote_shares[np.arange(len(truth)), truth.clip(min=0)], 0.0)
    rng = np.random.default_rng(seed)
    chosen = []
    for place in range(len(EXPRESSIONS)):
        members = np.flatnonzero((truth == place) & (agreed >= LEAST_AGREEMENT))
        chosen += list(rng.permutation(members)[: count // len(EXPRESSIONS)])
    triples = tuple(
        Face(str(faces.names[i]), str(faces.names[i]), int(truth[i]), float(agreed[i]))
        for i in chosen
    )
    return Material(
        "FER2013 faces on which ten people agree",
        triples,
        as_faces(list(at_face_size(faces.pixels[chosen]))),
    )


def present(
    trials: Sequence[Trial],
    material: Material,
    codec_of: Callable[[str], tuple[VariableRateCodec, str]],
    progress: Progress | None = None,
) -> list[Shown]:
    """Every trial's face through its codec's real file.

    ``codec_of`` gives a method's codec and the fingerprint of its weights.
    """
    pictures = []
    for number, trial in enumerate(trials):
        if progress:
            progress(number, len(trials), "coding the faces")
        original = material.picture(trial.face.name)
        if trial.level < 0:
            pictures.append(Shown(trial, original, float("nan")))
            continue
        codec, fingerprint = codec_of(trial.method)
        latents = quantise(codec, analyse(codec, original), [QUALITY_INDICES[trial.level]])
        file = pack(codec, fingerprint, latents[0])
        picture = to_picture(synthesise(codec, latents))
        pictures.append(Shown(trial, picture, float(file.file_bytes)))
    return pictures
