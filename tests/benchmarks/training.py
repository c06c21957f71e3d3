"""Speed of each training on this device, and where a step's time goes.

``python -m tests.benchmarks.training`` counts face-equivalents (pictures of 64x64) a second, splits a step
into data, forward, backward and optimiser, and sets the arithmetic done beside the device's peak; merged
under ``training`` into ``checkpoints/results/benchmarks.json``.  Faces and photographs are noise.
"""

import argparse
import json
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from core.codec.network import VariableRateCodec
from core.data.faces import Faces
from core.data.photographs import Photographs
from core.expressions import EXPRESSIONS
from core.precision import autocast, codec_layout, fastest_device, has_bfloat16
from core.recognition import ExpressionClassifier
from core.training.average import Average
from core.training.batches import Batch
from core.training.classifier import decaying_sgd, seen_batch
from core.training.codec import forward, photograph_batch, sides_of, stratified_quality
from core.training.compiling import compile_in_place
from core.training.losses import rate_distortion, recognition
from core.training.material import Material, prepare
from core.training.optimisers import CodecOptimiser
from core.training.regimes import regime_loss
from core.training.settings import SIDE, ClassifierConfig, RegimeConfig
from core.training.tuning import RecognitionLoss, classifier_optimiser, output_of
from tests.benchmarks.record import merge

RATES = (1e-4, 1e-4, 1e-4, 1e-5)
PHASES = ("data", "forward", "backward", "optimiser")


@dataclass(frozen=True, slots=True)
class Step:
    """One training step in parts; ``faces`` are the face-equivalents that it sees."""

    faces: float
    data: Callable[[int], object]
    forward: Callable[[object], Tensor]
    optimiser: Callable[[], None]


def noise(count: int, device: str) -> Material:
    """Faces and photographs of nothing."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (count + 8, 48, 48)).astype(np.uint8)
    splits = np.array(["train"] * count + ["val"] * 8)
    names = np.array([str(number) for number in range(count + 8)])
    labels = rng.integers(0, len(EXPRESSIONS), count + 8)
    pictures = tuple(rng.integers(0, 256, (512, 512, 3)).astype(np.uint8) for _ in range(8))
    photographs = Photographs(pictures, tuple(map(str, range(8))))
    return prepare(Faces(pixels, labels, splits, names, names, EXPRESSIONS), photographs, device)


def baseline(material: Material, faces: int, codec: VariableRateCodec) -> Step:
    """The codec for rate and distortion."""
    optimiser, average = CodecOptimiser(codec, *RATES), Average(codec)

    def data(step: int) -> tuple[Tensor, Tensor]:
        photographs = photograph_batch(material.crops, step, faces, 0, sides_of(material.crops))
        return material.train(step, faces, 0).x, photographs

    def loss(batches: tuple[Tensor, Tensor]) -> Tensor:
        total = []
        for batch in batches:
            quality = stratified_quality(len(batch), material.device)
            total.append(rate_distortion(forward(codec, batch, quality), batch, quality).total())
        return sum(total)

    def move() -> None:
        optimiser.step()
        average.update(codec)
        optimiser.zero_grad()

    return Step(2 * faces, data, loss, move)


def classifier(material: Material, faces: int, model: ExpressionClassifier) -> Step:
    """The classifier on uncoded faces."""
    config = ClassifierConfig(distillation=0.0)
    optimiser, average = decaying_sgd(model, config), Average(model)

    def loss(seen: tuple[Tensor, Tensor, Tensor]) -> Tensor:
        with autocast(material.device.type):
            return recognition(model(seen[0]), seen[1]).mean()

    def move() -> None:
        optimiser.step()
        average.update(model)
        optimiser.zero_grad(set_to_none=True)

    return Step(faces, lambda step: seen_batch(material, config, step, faces, SIDE), loss, move)


def regime(
    name: str,
    material: Material,
    faces: int,
    codec: VariableRateCodec,
    model: ExpressionClassifier,
) -> Step:
    """A regime that begins with the baseline."""
    config = RegimeConfig(faces=faces)
    codec_learns, classifier_learns = name != "control", name != "codec"
    recognise = RecognitionLoss(model, config)
    model.requires_grad_(classifier_learns).train(classifier_learns)
    coding = CodecOptimiser(codec, *RATES) if codec_learns else None
    reading = classifier_optimiser(model, config) if classifier_learns else None
    averages = [(each, Average(each)) for each, learns in
                ((codec, codec_learns), (model, classifier_learns)) if learns]  # fmt: skip
    originals = faces // 2 if classifier_learns else 0
    coded = output_of(codec) if not codec_learns else None
    sides = sides_of(material.crops)

    def data(step: int) -> tuple[Batch, Tensor | None]:
        crops = (
            photograph_batch(material.crops, step, faces / 2, 0, sides) if codec_learns else None
        )
        return material.train(step, faces, 0), crops

    def loss(batches: tuple[Batch, Tensor | None]) -> Tensor:
        batch, crops = batches
        if not codec_learns:
            read = recognise(coded(0, batch)[0], batch, originals)
            return read.decoded.mean() + read.uncoded.mean()
        quality = stratified_quality(faces, material.device)
        total, _ = regime_loss(codec, recognise, batch, quality, config, originals)
        quality = stratified_quality(len(crops), material.device)
        return total + rate_distortion(forward(codec, crops, quality), crops, quality).total()

    def move() -> None:
        if coding:
            coding.step()
            coding.zero_grad()
        if reading:
            reading.step()
            reading.zero_grad(set_to_none=True)
        for each, average in averages:
            average.update(each)

    return Step(faces * (1.5 if codec_learns else 1), data, loss, move)


def measure(step: Step, device: torch.device, repeats: int) -> dict:
    """Face-equivalents a second of whole steps, the parts of one, and TFLOP/s."""
    for number in range(3):  # every size of photograph once
        step.forward(step.data(number)).backward()
        step.optimiser()
    counter = FlopCounterMode(display=False)
    with counter:
        for number in range(3):
            step.forward(step.data(number)).backward()
            step.optimiser()
    flop = counter.get_total_flops() / 3
    wait(device)
    begun = time.perf_counter()
    for number in range(repeats):
        step.forward(step.data(number)).backward()
        step.optimiser()
    wait(device)
    seconds = (time.perf_counter() - begun) / repeats
    return {
        "faces_a_second": round(step.faces / seconds, 1),
        "step_ms": round(1e3 * seconds, 2),
        "parts_ms": parts(step, device, repeats),
        "tflops": round(flop / seconds / 1e12, 3),
        "waits": waits(step, device),
    }


def parts(step: Step, device: torch.device, repeats: int) -> dict[str, float]:
    """Milliseconds of each part, the device waited for after each."""
    spent = dict.fromkeys(PHASES, 0.0)
    for number in range(repeats):
        marks = [time.perf_counter()]

        def mark(marks=marks) -> None:
            wait(device)
            marks.append(time.perf_counter())

        batch = step.data(number)
        mark()
        loss = step.forward(batch)
        mark()
        loss.backward()
        mark()
        step.optimiser()
        mark()
        for phase, start, stop in zip(PHASES, marks, marks[1:], strict=False):
            spent[phase] += stop - start
    return {phase: round(1e3 * seconds / repeats, 2) for phase, seconds in spent.items()}


def waits(step: Step, device: torch.device) -> int | None:
    """How often one step waits for a card; None on a processor."""
    if device.type != "cuda":
        return None
    torch.cuda.set_sync_debug_mode("warn")
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            step.forward(step.data(0)).backward()
            step.optimiser()
    finally:
        torch.cuda.set_sync_debug_mode("default")
    return sum("synchroniz" in str(warning.message) for warning in said)


def peak(device: torch.device) -> float:
    """TFLOP/s of a large product of matrices, in bfloat16 where the device has it."""
    side = 8192 if device.type == "cuda" else 2048
    dtype = torch.bfloat16 if has_bfloat16(device.type) else torch.float32
    a = torch.randn(side, side, device=device, dtype=dtype)
    best = float("inf")
    for _ in range(6):
        wait(device)
        begun = time.perf_counter()
        a @ a
        wait(device)
        best = min(best, time.perf_counter() - begun)
    return round(2 * side**3 / best / 1e12, 2)


def wait(device: torch.device) -> None:
    """Until the device has done what it was asked for."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default=fastest_device())
    parser.add_argument("--faces", type=int, help="faces a step (default: 512 on a card, else 16)")
    parser.add_argument("--N", type=int, default=128)
    parser.add_argument("--M", type=int, default=240)
    parser.add_argument("--repeats", type=int, default=12)
    parser.add_argument("--compile", action="store_true", help="try compiled networks first")
    parser.add_argument("--print-only", action="store_true", help="store nothing")
    given = parser.parse_args(arguments)
    device = torch.device(given.device)
    faces = given.faces or (512 if device.type == "cuda" else 16)
    torch.backends.cudnn.benchmark = True
    material = noise(max(64, 2 * faces), given.device)
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "processor"
    figures = {
        "device": name,
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "size": {"N": given.N, "M": given.M, "faces": faces},
        "peak_tflops": peak(device),
    }
    said: list[str] = []
    for method in ("baseline", "classifier", "codec", "joint", "control"):
        codec = VariableRateCodec(given.N, given.M)
        codec.to(device, memory_format=codec_layout(device.type)).train()
        model = ExpressionClassifier().to(device, memory_format=torch.channels_last).train()
        if given.compile:
            compile_all(codec, model, faces, said.append)
        if method == "baseline":
            step = baseline(material, faces, codec)
        elif method == "classifier":
            step = classifier(material, faces, model)
        else:
            step = regime(method, material, faces, codec, model)
        figures[method] = measure(step, device, given.repeats)
        print(method, json.dumps(figures[method]), flush=True)
    if said:
        figures["compiled"] = said
    if not given.print_only:
        merge("training", figures)
    print(json.dumps(figures, indent=1))


def compile_all(
    codec: VariableRateCodec,
    model: ExpressionClassifier,
    faces: int,
    say: Callable[[str], None],
) -> None:
    """Compile what ``training all`` compiles."""
    device = next(codec.parameters()).device
    layout = codec_layout(device.type)
    x = torch.rand(faces, 3, 64, 64, device=device).contiguous(memory_format=layout)
    y = torch.randn(faces, codec.M, 4, 4, device=device).contiguous(memory_format=layout)
    grey = torch.randn(faces, 1, SIDE, SIDE, device=device)
    compile_in_place("analysis", codec.net.g_a, x, say)
    compile_in_place("synthesis", codec.net.g_s, y, say)
    compile_in_place(
        "classifier", model.resnet, grey.contiguous(memory_format=torch.channels_last), say
    )


if __name__ == "__main__":
    main()
