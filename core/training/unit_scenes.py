"""What the validation of action units looks at besides shots: swept units, disturbances, still faces.

Each set is seen through the landmarker once and kept beside the shots, so that another estimator is
validated in seconds.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image
from safetensors.numpy import load_file, save_file

from core.face.landmarks import Landmarker
from core.face.regions import Region, cut
from core.facs import UNITS
from core.picture_files import FORMATS
from core.synthetic.morphable import (
    MorphableFace,
    Scene,
    make_person,
    perform_units,
    random_expression,
    random_scene,
    render,
    steady,
)
from core.synthetic.morphable.film import add_noise, jpeg, resize
from core.synthetic.sample import sample_frames
from core.training.unit_shots import FIRST_PERSON, measure

Measured = dict[str, np.ndarray]
"""``landmarks``, ``blendshapes``, ``crops``, ``presence`` of n pictures, and what is known of them."""

STILL_FRAMES, STILL_PEOPLE = 40, 4
FLOORS = {"640x480": None, "60 px": 60}
"""Still faces: name -> width of the face in pixels, None: as a webcam frames it."""
DISTURBANCES = (
    "mirror", "rotation 5", "rotation 10", "rotation 15", "half resolution", "jpeg 50",
)  # fmt: skip
_NOISE = 4


def kept(folder: Path, name: str, make: Callable[[], Measured]) -> Measured:
    """The set ``name`` of ``folder``, made where it is not there."""
    path = folder / f"scene-{name}.safetensors"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        arrays = {key: np.ascontiguousarray(value) for key, value in make().items()}
        temporary = path.with_suffix(".part")
        save_file(arrays, temporary)
        temporary.replace(path)
    return load_file(path)


def swept(face: MorphableFace, people: int = 8) -> Measured:
    """Each person at rest, then with each unit alone at 4: people x (1 + 17) pictures in order."""

    def pictures() -> Iterator[np.ndarray]:
        for i in range(people):
            person = make_person(face, FIRST_PERSON["test"] + 500_000 + i)
            scene = steady(random_scene(np.random.default_rng(i)))
            for units in ({}, *({unit: 4.0} for unit in UNITS)):
                yield render(face, person, perform_units(face, units), scene)

    return measure(Landmarker(), pictures())


def disturbed(face: MorphableFace, people: int = 12) -> Measured:
    """Faces as they are, then under each of :data:`DISTURBANCES`: 7 x people pictures in order."""
    plain = []
    for i in range(people):
        rng = np.random.default_rng((i, 7))
        person = make_person(face, FIRST_PERSON["test"] + 600_000 + i)
        shot = steady(random_scene(rng))
        plain.append(render(face, person, random_expression(face, rng), shot, 384, 384))
    changes = {
        "mirror": lambda p: p[:, ::-1],
        **{f"rotation {a}": lambda p, a=a: _turn(p, np.deg2rad(a)) for a in (5, 10, 15)},
        "half resolution": lambda p: resize(p, 192, 192),
        "jpeg 50": lambda p: jpeg(p, 50),
    }
    pictures = plain + [changes[name](p) for name in DISTURBANCES for p in plain]
    return measure(Landmarker(), (np.ascontiguousarray(p) for p in pictures))


def still(face: MorphableFace, width: int | None) -> Measured:
    """Still faces under a camera's noise: people x frames pictures of 640x480 in order.

    ``width``: of the face in pixels.  The landmarks are looked for as in a film, where the face was
    in the frame before.
    """
    landmarker, parts = Landmarker(), []
    for i in range(STILL_PEOPLE):
        rng = np.random.default_rng((i, 13))
        person = make_person(face, FIRST_PERSON["test"] + 700_000 + i)
        lit = steady(random_scene(rng))
        scene = Scene(
            yaw=0.1 * (i - 1.5), size=0.62, lights=lit.lights, ambient=lit.ambient, backdrop=21
        )
        weights = perform_units(face, {"AU12": 1.0 * (i % 2), "AU04": 1.0 * (i // 2)})
        picture = render(face, person, weights, scene, 480, 640)
        located = landmarker.find(picture)[0]
        if width is not None:
            part = width / located.width
            picture = resize(picture, round(480 * part), round(640 * part))
            located = landmarker.find(picture, thorough=True)[0]
        noisy = (add_noise(picture, _NOISE, rng) for _ in range(STILL_FRAMES))
        parts.append(_followed(landmarker, noisy, located.region))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _followed(landmarker: Landmarker, pictures: Iterator[np.ndarray], region: Region) -> Measured:
    """Faces that are followed from frame to frame."""
    rows = []
    for picture in pictures:
        measured = measure(landmarker, [picture], [region])
        rows.append(measured)
        corners = measured["landmarks"][0]
        if np.isfinite(corners).all():
            region = landmarker.measure(picture, region).region
    return {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}


def smiles(photographs: Path) -> Measured:
    """The London set: everybody at rest, then everybody smiling, 2 x people pictures; ``person``."""
    at_rest = sorted(photographs.glob("*_neutral.jpg"))
    pairs = [(path, path.with_name(path.name.replace("neutral", "smiling"))) for path in at_rest]
    pairs = [pair for pair in pairs if pair[1].is_file()]
    files = [pair[i] for i in range(2) for pair in pairs]
    pictures = (np.asarray(Image.open(p, formats=FORMATS).convert("RGB")) for p in files)
    person = np.array([int(path.name.split("_")[0]) for path in files])
    return measure(Landmarker(), pictures) | {"person": person}


def acted(face: MorphableFace) -> Measured:
    """The sample clip, frame by frame, with its known ``units``."""
    known: list[np.ndarray] = []

    def pictures() -> Iterator[np.ndarray]:
        for picture, units in sample_frames(face):
            known.append(units)
            yield picture

    measured = measure(Landmarker(), pictures())
    return measured | {"units": np.stack(known)}


def _turn(picture: np.ndarray, angle: float) -> np.ndarray:
    height, width = picture.shape[:2]
    return cut(picture, Region(width / 2, height / 2, width, angle), width).astype(np.uint8)
