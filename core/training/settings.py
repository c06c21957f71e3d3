"""What each training can be told, with its default and its range; stored in the checkpoint's card.

Read by the command line, so nothing heavy is imported here.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from core.cli import number, whole
from core.errors import InputError

SIDE = 48
"""Pixels a side at which the classifier looks at faces."""


def option(default: Any, help: str, type: Callable[[str], Any] = str) -> Any:
    """A field that is an option of the command line as well."""
    return field(default=default, metadata={"help": help, "type": type})


_share = number(0, 1)
_rate = number(0)


@dataclass(frozen=True)
class ClassifierConfig:
    """The classifier on labelled faces.

    One cosine schedule spans all phases.  What is distilled is the reading of the average of the weights
    so far, or the mean reading of the teachers where some are named.
    """

    phases: str = option(
        f"112x{SIDE}", "epochs x pixels, commas between phases: early ones may see smaller faces"
    )
    start: str = option("", "checkpoint to start from instead of random weights")
    batch: int = option(256, "faces a step", whole(1))
    learning_rate: float = option(0.15, "peak learning rate", _rate)
    warmup: float = option(0.08, "share of the training in which the rate rises", number(0, 0.9))
    weight_decay: float = option(5e-4, "decay of the kernels", _rate)
    label_smoothing: float = option(0.1, "share of the label that goes to all classes", _share)
    votes: float = option(0.0, "share of FER+ votes in the label, the rest is FER2013's", _share)
    erasing: float = option(0.35, "share of faces that get a hole", _share)
    mixup: float = option(0.0, "alpha of mixup's beta distribution (0: none; published 0.2)", _rate)
    distillation: float = option(0.5, "share of the loss against the teachers' reading", _share)
    teachers: str = option("", "checkpoints of classifiers to learn from, commas between them")
    average_decay: float = option(0.998, "decay of the average of the weights", number(0, 0.99999))
    seed: int = option(0, "seed of whatever is drawn at random", whole(0))

    def sides(self) -> list[int]:
        """Side of the training faces in every epoch; InputError for phases of another form."""
        try:
            phases = [[int(n) for n in phase.split("x")] for phase in self.phases.split(",")]
            sides = [pixels for epochs, pixels in phases for _ in range(epochs)]
        except ValueError:
            sides = []
        if not sides or min(sides) < 16:
            raise InputError(
                f"--phases {self.phases}: epochs x pixels (16 or more), separated by commas, as in "
                "20x32,20x48."
            )
        return sides


@dataclass(frozen=True)
class CodecConfig:
    """The codec, for rate and distortion.

    Every step sees faces of 64x64 and photographs of the same number of pixels, each picture at its own
    random quality.  ``M`` bounds the quality: the transforms as they start give validation photographs
    back at 40.5 dB with 192 channels, 42.1 with 240 and 44.4 with 320, before anything is quantised; the
    hyperprior grows with its square.  The weights take 13.4, 17.0 and 24.1 MiB at N = 128.
    """

    start: str = option("", "checkpoint to start from, whose N and M then hold")
    N: int = option(128, "channels of the transforms' inner layers", whole(8, 512))
    M: int = option(240, "channels of y, which bound the quality", whole(8, 512))
    faces: int = option(8, "faces a step, with as many pixels of photographs", whole(1))
    steps: int = option(30_000, "steps in all", whole(1))
    cooldown: int = option(30_000, "steps at the end in which the rates fall to 0", whole(1))
    warmup: int = option(100, "steps in which the rates rise", whole(1))
    transform_rate: float = option(1e-4, "Adam's rate for analysis and synthesis", _rate)
    muon_rate: float = option(1.5e-3, "Muon's rate for the hyperprior's kernels", _rate)
    adam_rate: float = option(1.5e-3, "Adam's rate for the rest", _rate)
    slow_rate: float = option(3e-5, "Adam's rate for gains and normalisations", _rate)
    average_decay: float = option(0.998, "decay of the average of the weights", number(0, 0.99999))
    seed: int = option(0, "seed of whatever is drawn at random", whole(0))


@dataclass(frozen=True)
class TuningConfig:
    """A classifier tuned on coded faces.

    Every step sees coded faces and, beside them, a share of them uncoded.
    """

    faces: int = option(32, "coded faces a step", whole(1))
    steps: int = option(2500, "steps in all", whole(1))
    classifier_rate: float = option(1e-4, "Adam's rate for the classifier", _rate)
    warmup: int = option(100, "steps in which the rates rise", whole(1))
    clip: float = option(1.0, "bound of the gradients' norm", number(above=0))
    average_decay: float = option(0.998, "decay of the average of the weights", number(0, 0.99999))
    originals: float = option(0.5, "uncoded faces a coded one", _share)
    augmented: float = option(0.5, "share turned, shifted and relit after decoding", _share)
    distillation: float = option(
        0.0, "share of the loss against the base classifier's reading of the uncoded face", _share
    )
    label_smoothing: float = option(0.1, "share of the label that goes to all classes", _share)
    votes: float = option(0.0, "share of FER+ votes in the label, the rest is FER2013's", _share)
    seed: int = option(0, "seed of whatever is drawn at random", whole(0))


@dataclass(frozen=True)
class RegimeConfig(TuningConfig):
    """A regime of the seed paper: what learns, learns from rate, distortion and cross-entropy.

    The rates are low because the gradient of a cross-entropy is mostly noise, and Adam's steps do not
    shrink with it: codec at gamma 1, 200 steps of 64 faces, ends at these rates with a validation
    accuracy at quality 1/2 of 0.532, at three to five times the rates with 0.498.
    """

    gamma: float = option(0.1, "weight of the cross-entropy (nats) against bits per pixel", _rate)
    transform_rate: float = option(3e-5, "Adam's rate for analysis and synthesis", _rate)
    analysis: float = option(1.0, "how much faster the analysis moves than the synthesis", _rate)
    muon_rate: float = option(1e-4, "Muon's rate for the hyperprior's kernels", _rate)
    adam_rate: float = option(1e-4, "Adam's rate for the codec's rest", _rate)
    slow_rate: float = option(1e-5, "Adam's rate for gains and normalisations", _rate)
    photograph_share: float = option(
        0.5, "pixels of photographs a pixel of faces, for rate and distortion", number(0, 4)
    )
    features: float = option(
        0.0, "weight of matching the base classifier's stages, against the cross-entropy", _rate
    )
    latents: float = option(
        0.0, "weight of matching the latents of an encoder aimed at the classifier", _rate
    )


@dataclass(frozen=True)
class ClassicalConfig(TuningConfig):
    """A classifier tuned on a classical codec's output.

    Every face is coded several times, beside other faces and at another random setting.
    """

    rounds: int = option(4, "how often every face is coded", whole(1))


@dataclass(frozen=True)
class UnitsConfig:
    """The estimators of action units: what is made and trained.

    Chunks are of 48 renders, of 16 warps of each photograph, of 128 faces.  The stack over all estimators
    learns from what they did not see, so there are many renders for validation.
    """

    start: str = option("", "checkpoint whose appearance network is trained on")
    renders: int = option(160, "chunks of renders to learn from", whole(1))
    renders_val: int = option(100, "chunks of renders for validation and the stack", whole(1))
    renders_test: int = option(40, "chunks of renders for the test", whole(1))
    warps: int = option(3, "chunks of warps of each photograph to learn from", whole(1))
    warps_val: int = option(6, "chunks of warps for validation and the stack", whole(1))
    odd: int = option(4, "chunks of odd pictures a split: upside down, covered, drawn", whole(1))
    motion: int = option(1500, "real faces a split whose motion is put on renders", whole(1))
    faces: int = option(60, "chunks of labelled faces", whole(0))
    faces_test: int = option(29, "chunks of labelled faces for the test", whole(1))
    mapped_steps: int = option(6000, "steps of the map from landmarks", whole(1))
    steps: int = option(9000, "steps of the appearance network (0: none)", whole(0))
    batch: int = option(64, "crops a step", whole(1))
    rate: float = option(1e-3, "learning rate", _rate)
    decay: float = option(1e-2, "weight decay", _rate)
    weak: float = option(0.3, "weight of the expression labels", _rate)
    stack_steps: int = option(1500, "steps of the stack over all estimators", whole(1))
    seed: int = option(0, "seed of whatever is drawn at random", whole(0))
