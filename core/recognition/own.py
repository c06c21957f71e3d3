"""A user's own classifier: an ONNX file, and a small JSON beside it that says what it wants to see.

::

    {"size": 48, "channels": "grey", "mean": 0.5, "scale": 0.25,
     "classes": ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]}

The network is given ``(pixel / 255 - mean) / scale``; colour may have three means and scales.
``output`` is ``logits`` (the default) or ``probabilities``.  More classes than our seven (contempt) are
left out, and the rest is scaled to 1.
"""

import hashlib
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from core.errors import InputError
from core.expressions import EXPRESSIONS
from core.recognition.contract import OWN, Classifier, in_our_order, luma
from core.recognition.onnx_format import demands

LARGEST = 200 * 2**20
"""Bytes that a user's network may have."""

SIDES = (8, 512)
"""Least and largest input of a user's network, in pixels a side."""

_CHANNELS = {"grey": 1, "gray": 1, "colour": 3, "color": 3, "rgb": 3}
_OUTPUTS = ("logits", "probabilities")
_OTHER_NAMES = {
    "anger": "angry", "disgusted": "disgust", "fearful": "fear", "happiness": "happy",
    "sadness": "sad", "surprised": "surprise",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a user's network wants to see, and the order of its classes."""

    size: int
    channels: int  # 1 or 3
    mean: tuple[float, ...]  # of pixels in 0..1, one a channel
    scale: tuple[float, ...]
    classes: tuple[str, ...]
    output: str = "logits"


def load_own(path: str | Path, described: str | Path | None = None) -> Classifier:
    """The classifier of an ONNX file; ``described`` is its JSON (default: the same name, ``.json``).

    Raises InputError, in one sentence, where the two cannot be read or do not fit each other.
    """
    path = Path(path)
    sidecar = Path(described) if described else path.with_suffix(".json")
    try:
        if path.stat().st_size > LARGEST:
            raise InputError(f"{path.name} has more than {LARGEST >> 20} MB: that is too large.")
        content = path.read_bytes()
        text = sidecar.read_bytes()
    except FileNotFoundError as error:
        name = Path(error.filename).name
        beside = f" beside {path.name}: it says what the network wants" if name != path.name else ""
        raise InputError(f"There is no {name}{beside}.") from None
    except OSError as error:
        raise InputError(f"{path.name} cannot be read: {error.strerror}.") from error
    return own_classifier(content, text, path.stem)


def own_classifier(content: bytes, described: bytes, name: str) -> Classifier:
    """The classifier of an ONNX file's ``content`` and its JSON; ``name`` titles it on screen."""
    if len(content) > LARGEST:
        raise InputError(f"{name} has more than {LARGEST >> 20} MB: that is too large.")
    wanted = read_wanted(described)
    session = _session(content, name)
    network = _Network(session, wanted, name)
    fingerprint = hashlib.sha256(content + described).hexdigest()
    blank = np.zeros((2, 64, 64, 3), np.uint8)
    network(blank)  # whatever does not fit shows here
    return Classifier(f"own-{fingerprint[:12]}", name, OWN, fingerprint, network)


def read_wanted(described: bytes) -> Wanted:
    """The JSON that goes with a user's network; InputError that lists every problem."""
    try:
        given = json.loads(described)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"The description of the network is not JSON: {error}.") from None
    if not isinstance(given, dict):
        raise InputError("The description of the network must be a JSON object.")
    problems = [f"{key} is missing" for key in ("size", "channels", "classes") if key not in given]
    odd = sorted(set(given) - {"size", "channels", "mean", "scale", "classes", "output"})
    problems += [f"{key!r} is not known" for key in odd]
    size, channels = given.get("size"), _CHANNELS.get(str(given.get("channels")).lower())
    if "size" in given and (type(size) is not int or not SIDES[0] <= size <= SIDES[1]):
        problems.append(f"size is {size!r}, not a whole number from {SIDES[0]} to {SIDES[1]}")
    if "channels" in given and channels is None:
        problems.append(f"channels is {given['channels']!r}, not grey or colour")
    mean = _per_channel(given.get("mean", 0.0), channels, "mean", problems)
    scale = _per_channel(given.get("scale", 1.0), channels, "scale", problems)
    if any(value == 0 for value in scale):
        problems.append("scale is 0")
    classes = _classes(given.get("classes"), problems) if "classes" in given else ()
    output = given.get("output", "logits")
    if output not in _OUTPUTS:
        problems.append(f"output is {output!r}, not logits or probabilities")
    if problems:
        raise InputError(f"The description of the network cannot be used: {'; '.join(problems)}.")
    return Wanted(size, channels, mean, scale, classes, output)


class _Network:
    """Faces through a user's network, batch by batch; onnxruntime may be called from several threads."""

    def __init__(self, session, wanted: Wanted, name: str) -> None:
        self._session, self._wanted, self._name = session, wanted, name
        inputs = session.get_inputs()
        if len(inputs) != 1:
            raise InputError(
                f"{name} has {len(inputs)} inputs; a picture is all that it can be given."
            )
        self._input = inputs[0].name
        self._kind = {"tensor(float)": np.float32, "tensor(float16)": np.float16}.get(
            inputs[0].type
        )
        if self._kind is None:
            raise InputError(f"{name} takes {inputs[0].type}; it must take 32 or 16 bit floats.")
        self._last, self._alone = _layout(inputs[0].shape, wanted, name)

    def __call__(self, faces: np.ndarray) -> np.ndarray:
        """Probabilities (n, 7) of uint8 faces (n, 64, 64, 3)."""
        x = _as_wanted(faces, self._wanted)
        x = np.ascontiguousarray(x if self._last else x.transpose(0, 3, 1, 2), self._kind)
        step = 1 if self._alone else len(x)
        return np.concatenate([self._run(x[i : i + step]) for i in range(0, len(x), step)])

    def _run(self, x: np.ndarray) -> np.ndarray:
        try:
            output = np.asarray(self._session.run(None, {self._input: x})[0], dtype=np.float64)
        except Exception as error:  # onnxruntime raises classes of its own
            reason = str(error).strip().splitlines()[0][:160]
            raise InputError(f"{self._name} cannot read a face: {reason}") from error
        classes = self._wanted.classes
        if output.size != len(x) * len(classes):
            raise InputError(
                f"{self._name} answers with shape {output.shape} for {len(x)} faces; its description "
                f"names {len(classes)} classes."
            )
        output = output.reshape(len(x), len(classes))
        if not np.isfinite(output).all():
            raise InputError(f"{self._name} answers with numbers that are not finite.")
        return _probabilities(output, self._wanted, self._name)


def _probabilities(outputs: np.ndarray, wanted: Wanted, name: str) -> np.ndarray:
    if wanted.output == "logits":
        outputs = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    elif (outputs < -1e-3).any() or (np.abs(outputs.sum(axis=1) - 1) > 0.01).any():
        raise InputError(f"{name} does not answer with probabilities: its output is logits.")
    ours = in_our_order(outputs, wanted.classes).clip(min=1e-12)
    return (ours / ours.sum(axis=1, keepdims=True)).astype(np.float32)


def _as_wanted(faces: np.ndarray, wanted: Wanted) -> np.ndarray:
    """(n, size, size, channels) float32 as the network wants it; resized with Pillow's bicubic."""
    if faces.shape[1] != wanted.size:
        size = (wanted.size, wanted.size)
        faces = np.stack(
            [np.asarray(Image.fromarray(f).resize(size, Image.Resampling.BICUBIC)) for f in faces]
        )
    x = luma(faces)[..., None] if wanted.channels == 1 else faces.astype(np.float32)
    return (x / 255 - np.float32(wanted.mean)) / np.float32(wanted.scale)


def _session(content: bytes, name: str):
    """A session of onnxruntime on the CPU; refuses what would reach beyond the file."""
    try:
        asked = demands(content)
    except ValueError as error:
        raise InputError(f"{name} is not an ONNX file that can be read: {error}.") from None
    if not asked.has_graph:
        raise InputError(f"{name} is not an ONNX file: it holds no graph.")
    if asked.external_data:
        raise InputError(
            f"{name} keeps its weights in another file: save it again as one file "
            "(without external data)."
        )
    if asked.custom:
        raise InputError(f"{name} uses operators of its own ({', '.join(asked.custom)}).")
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises classes of its own
        reason = str(error).strip().splitlines()[0][:160]
        raise InputError(f"{name} cannot be run: {reason}") from error


def _layout(shape: list[Any], wanted: Wanted, name: str) -> tuple[bool, bool]:
    """Whether the channels come last, and whether the network takes one face at a time."""
    if len(shape) != 4:
        raise InputError(f"{name} takes input of shape {shape}; pictures have 4 axes.")
    sides = {
        False: (wanted.channels, wanted.size, wanted.size),
        True: (wanted.size, wanted.size, wanted.channels),
    }
    for last, expected in sides.items():
        fits = all(a == b for a, b in zip(shape[1:], expected, strict=True) if _fixed(a))
        if fits and (shape[0] == 1 or not _fixed(shape[0])):
            return last, shape[0] == 1
    raise InputError(
        f"{name} takes input of shape {shape}; its description says {wanted.channels} channels of "
        f"{wanted.size} x {wanted.size} pixels."
    )


def _fixed(length: Any) -> bool:
    """Whether an axis has one length; a name or nothing stands for any."""
    return isinstance(length, int) and length > 0


def _per_channel(given: Any, channels: int | None, key: str, problems: list) -> tuple[float, ...]:
    values = given if isinstance(given, list) else [given] * (channels or 1)
    if len(values) != (channels or len(values)) or not all(
        isinstance(v, (int, float)) and not isinstance(v, bool) and math.isfinite(v) for v in values
    ):
        problems.append(f"{key} is {given!r}, not one number, or one a channel")
        return ()
    return tuple(float(v) for v in values)


def _classes(given: Any, problems: list) -> tuple[str, ...]:
    if not isinstance(given, list) or not all(isinstance(name, str) for name in given):
        problems.append("classes is not a list of names")
        return ()
    names = tuple(_OTHER_NAMES.get(n.strip().lower(), n.strip().lower()) for n in given)
    for name in EXPRESSIONS:
        if names.count(name) != 1:
            problems.append(f"classes names {name} {names.count(name)} times, not once")
    return names
