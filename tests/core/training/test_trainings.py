"""Trainings: golden first steps, resuming, and what each regime changes."""

import json
import os

import numpy as np
import pytest
import torch

from core import checkpoints
from core.checkpoints import Card
from core.codec.loading import load_codec
from core.codec.network import VariableRateCodec
from core.data.faces import at_face_size
from core.data.photographs import random_crops, read_photographs, split_of
from core.errors import InputError
from core.recognition import ExpressionClassifier
from core.training.__main__ import main
from core.training.average import Average
from core.training.classifier import ClassifierConfig, accuracy, augment, train_classifier
from core.training.codec import CodecConfig, face_batch, stratified_quality, train_codec, trapezoid
from core.training.coded_faces import ClassicalConfig, code_round, output_of_classical
from core.training.joint import JointConfig, train_joint
from core.training.prefetch import Ahead
from core.training.progress import fit, load_state, save_state

TINY = {"N": 16, "M": 24, "faces": 4, "steps": 4, "warmup": 1, "cooldown": 2}


GOLDEN_JOINT = {"bpp": 0.148, "mse": 18410.0, "cross_entropy": 2.139}
"""Mean terms of the joint loss over the first two steps, same codec and data, seed 0."""

GOLDEN = {"faces": 3.637, "photographs": 2.317}
"""Loss of the first two steps of a codec of 16 and 24 channels on the drawn data, seed 0."""


def weights(module) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in module.parameters()])


def test_photographs_are_split_by_person(photograph_folder):
    assert [split_of(f"{n}_x.jpg") for n in ("001", "099", "100", "121", "122")] == [
        "train", "train", "val", "val", "test",
    ]  # fmt: skip
    read = read_photographs(photograph_folder, "train", side=128)
    assert read.names == ("001_neutral.jpg", "002_neutral.jpg")
    assert [picture.shape for picture in read.pixels] == [(128, 128, 3)] * 2


def test_unreadable_photographs_are_all_named(photograph_folder):
    (photograph_folder / "003_neutral.jpg").write_text("text")
    (photograph_folder / "portrait.jpg").write_text("text")
    with pytest.raises(InputError) as error:
        read_photographs(photograph_folder, "train")
    assert "003_neutral" in str(error.value) and "portrait" in str(error.value)


def test_crops_follow_from_the_seed_and_stay_in_range(photograph_folder):
    read = read_photographs(photograph_folder, "train", side=160)
    first = random_crops(read, 3, 64, np.random.default_rng(5))
    again = random_crops(read, 3, 64, np.random.default_rng(5))
    assert torch.equal(first, again) and first.shape == (3, 3, 64, 64)
    assert first.min() >= 0 and first.max() <= 1


def test_augmentation_follows_from_its_generator():
    x = torch.rand(4, 1, 64, 64)
    first = augment(x, torch.Generator().manual_seed(3), 48)
    assert first.shape == (4, 1, 48, 48)
    assert torch.equal(first, augment(x, torch.Generator().manual_seed(3), 48))


def test_the_learning_rate_rises_stays_and_falls():
    shares = [trapezoid(step, 10, warmup=2, cooldown=4) for step in range(10)]
    assert shares == [0.5, 1, 1, 1, 1, 1, 1, 0.75, 0.5, 0.25]


def test_qualities_of_a_batch_cover_the_range():
    quality = stratified_quality(8).sort().values
    assert ((quality * 8).floor() == torch.arange(8)).all()


class Counter:
    """A training whose only state is a running sum."""

    def __init__(self):
        self.total = torch.zeros(1)

    def state_dict(self):
        return {"total": self.total, "nested": [{"a": (1, 2)}, None], 3: "x"}

    def load_state_dict(self, state):
        assert state["nested"] == [{"a": [1, 2]}, None] and state[3] == "x"
        self.total = state["total"]


def test_state_comes_back_whole_and_leaves_no_half_file(tmp_path):
    counter = Counter()
    counter.total += 5
    save_state(tmp_path / "a.safetensors", {"counter": counter}, step=7)
    other = Counter()
    assert load_state(tmp_path / "a.safetensors", {"counter": other}) == 7
    assert other.total.item() == 5
    assert [p.name for p in tmp_path.iterdir()] == ["a.safetensors"]


def test_a_killed_loop_goes_on_where_it_stopped(tmp_path):
    seen = []

    def run(until):
        counter = Counter()

        def step_once(step):
            if step == until:
                raise KeyError("killed")
            seen.append(step)
            counter.total += step
            return {"loss": 1.0}

        fit(
            step_once, steps=6, parts={"counter": counter}, state=tmp_path / "s.safetensors",
            save_every_seconds=0,
        )  # fmt: skip
        return counter.total.item()

    with pytest.raises(KeyError):
        run(until=3)
    assert run(until=None) == sum(range(6)) and seen == list(range(6))


def test_the_average_follows_the_model():
    model = torch.nn.Linear(2, 1)
    average = Average(model, decay=0.5)
    with torch.no_grad():
        model.weight.add_(1)
    before = average.model.weight.clone()
    average.update(model)
    decay = min(0.5, 2 / 11)
    assert torch.allclose(average.model.weight, before + (1 - decay))


def test_two_codec_steps_give_the_golden_loss(faces, photograph_folder, tmp_path):
    """The tolerance of 10 % covers bfloat16 kernels of other processors."""
    photographs = read_photographs(photograph_folder, "train", side=256)
    config = CodecConfig(**{**TINY, "steps": 2})
    train_codec(faces, photographs, config, tmp_path / "s.safetensors")
    log = [json.loads(line) for line in (tmp_path / "s.jsonl").read_text().splitlines()]
    assert log[0]["faces"] == pytest.approx(GOLDEN["faces"], rel=0.1)
    assert log[0]["photographs"] == pytest.approx(GOLDEN["photographs"], rel=0.1)


def test_a_resumed_codec_training_repeats_an_unbroken_one(faces, photograph_folder, tmp_path):
    photographs = read_photographs(photograph_folder, "train", side=256)
    config = CodecConfig(**TINY)
    unbroken = train_codec(faces, photographs, config, tmp_path / "a.safetensors")
    torch.manual_seed(99)
    half = tmp_path / "b.safetensors"
    import core.training.codec as module

    real_fit = module.fit
    try:
        module.fit = lambda step, *, steps, **rest: real_fit(step, steps=2, **rest)
        train_codec(faces, photographs, config, half)
    finally:
        module.fit = real_fit
    resumed = train_codec(faces, photographs, config, half)
    assert torch.allclose(weights(resumed), weights(unbroken), atol=1e-5)


def test_the_classifier_learns_an_easy_problem(faces, tmp_path):
    config = ClassifierConfig(phases="30x48", batch=14, learning_rate=0.02, average_decay=0.5)
    model = train_classifier(faces, config, tmp_path / "c.safetensors")
    assert accuracy(model, faces.split("val")) > 0.5


def test_batches_made_ahead_are_those_of_their_steps():
    parent = os.getpid()

    def make(step):
        return step * step, os.getpid()

    with Ahead(make, workers=2) as prepared:
        made = [prepared(step) for step in range(3, 9)]
    assert [square for square, _ in made] == [step * step for step in range(3, 9)]
    assert parent not in {process for _, process in made}
    with Ahead(make, workers=0) as prepared:
        assert prepared(5) == (25, parent)


def test_phases_are_epochs_times_pixels():
    assert ClassifierConfig(phases="2x32,1x48").pixels() == [32, 32, 48]
    with pytest.raises(InputError, match="as in 20x32"):
        ClassifierConfig(phases="2-32").pixels()


def test_a_training_can_start_from_a_checkpoint(faces, photograph_folder, tmp_path, monkeypatch):
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(tmp_path / "checkpoints"))
    known = ExpressionClassifier()
    blank = {"config": {}, "seed": 0, "data": "", "command": "", "version": ""}
    checkpoints.save(
        known,
        Card(id="known", kind="classifier", method="base", architecture={"classes": 7}, **blank),
    )
    frozen = {"phases": "1x48", "batch": 14, "learning_rate": 0.0, "average_decay": 0.0}
    config = ClassifierConfig(start="known", **frozen)
    again = train_classifier(faces, config, tmp_path / "again.safetensors")
    assert torch.allclose(again.resnet.fc.weight, known.resnet.fc.weight)
    size = {"N": 16, "M": 20}
    codec = VariableRateCodec(**size)
    checkpoints.save(
        codec, Card(id="codec", kind="codec", method="baseline", architecture=size, **blank)
    )
    config = CodecConfig(**{**TINY, "steps": 1, "start": "codec", "transform_rate": 0.0})
    photographs = read_photographs(photograph_folder, "train", side=256)
    moved = train_codec(faces, photographs, config, tmp_path / "codec.safetensors")
    assert torch.allclose(moved.net.g_a[0].weight, codec.net.g_a[0].weight, atol=1e-3)
    assert moved.M == 20, "the checkpoint's size holds"
    with pytest.raises(InputError, match="is a codec"):
        train_classifier(
            faces, ClassifierConfig(start="codec", **frozen), tmp_path / "x.safetensors"
        )


@pytest.mark.parametrize(
    ("regime", "codec_moves", "classifier_moves"),
    [("codec-only", True, False), ("joint", True, True), ("control", False, True)],
)
def test_each_regime_changes_only_its_learners(
    regime, codec_moves, classifier_moves, faces, photograph_folder, tmp_path
):
    torch.manual_seed(0)
    codec, classifier = VariableRateCodec(16, 24), ExpressionClassifier()
    before = weights(codec).clone(), weights(classifier).clone()
    photographs = read_photographs(photograph_folder, "train", side=256)
    config = JointConfig(gamma=1.0, faces=4, steps=2, warmup=1)
    trained = train_joint(
        regime, codec, classifier, faces, photographs, config, tmp_path / "j.safetensors"
    )
    moved = [not torch.equal(a, weights(b)) for a, b in zip(before, trained, strict=True)]
    assert moved == [codec_moves, classifier_moves]
    if not classifier_moves:
        statistics = classifier.resnet.bn1.running_mean
        assert torch.equal(statistics, torch.zeros_like(statistics))


def test_two_joint_steps_give_the_golden_terms(faces, photograph_folder, tmp_path):
    """The tolerance of 10 % covers bfloat16 kernels of other processors."""
    torch.manual_seed(0)
    codec, classifier = VariableRateCodec(16, 24), ExpressionClassifier()
    photographs = read_photographs(photograph_folder, "train", side=256)
    config = JointConfig(gamma=1.0, faces=4, steps=2, warmup=1)
    state = tmp_path / "s.safetensors"
    train_joint("joint", codec, classifier, faces, photographs, config, state)
    log = [json.loads(line) for line in state.with_suffix(".jsonl").read_text().splitlines()]
    for name, value in GOLDEN_JOINT.items():
        assert log[0][name] == pytest.approx(value, rel=0.1), name
    assert {"val_accuracy_originals", "accuracy@0", "psnr@1"} <= set(log[1])


def test_a_resumed_joint_training_repeats_an_unbroken_one(
    faces, photograph_folder, tmp_path, monkeypatch
):
    import core.training.joint as module

    photographs = read_photographs(photograph_folder, "train", side=256)
    config = JointConfig(gamma=1.0, faces=4, steps=4, warmup=1, distillation=0.5)

    def run(name):
        torch.manual_seed(0)
        pair = VariableRateCodec(16, 24), ExpressionClassifier()
        return train_joint("joint", *pair, faces, photographs, config, tmp_path / name)

    unbroken = run("a.safetensors")
    real = module.fit
    monkeypatch.setattr(
        module,
        "fit",
        lambda step, *, steps, **rest: real(step, steps=2, **{**rest, "evaluate": None}),
    )
    run("b.safetensors")
    monkeypatch.undo()
    for whole, resumed in zip(unbroken, run("b.safetensors"), strict=True):
        assert torch.allclose(weights(resumed), weights(whole), atol=1e-4)


def test_a_negative_weight_is_refused(faces, tmp_path):
    pair = VariableRateCodec(16, 24), ExpressionClassifier()
    with pytest.raises(InputError, match="--gamma -1"):
        train_joint("joint", *pair, faces, None, JointConfig(gamma=-1), tmp_path / "s.safetensors")


def test_faces_coded_in_sheets_come_back_in_their_own_places(faces):
    train = faces.split("train")
    decoded = code_round("jpeg", train, False, np.random.default_rng(0))
    original = at_face_size(train.pixels).astype(int)
    assert decoded.shape == original.shape and decoded.dtype == np.uint8
    error = np.abs(decoded[:, None] - original[None]).mean(axis=(2, 3))
    means = original.mean(axis=(1, 2))
    for place, row in enumerate(error):
        alike = np.abs(means - means[place]) < 12  # faces of one class
        assert alike[row.argmin()]


def test_coded_faces_are_kept_and_follow_the_mirroring(faces, tmp_path, monkeypatch):
    monkeypatch.setenv("EXPRESSRATE_STATE", str(tmp_path))
    config = ClassicalConfig(faces=4, rounds=2)
    coded = output_of_classical("jpeg", faces, config)
    assert len(list((tmp_path / "coded-faces").glob("jpeg-*.npy"))) == 2
    monkeypatch.setattr("core.training.coded_faces.code_round", None)
    coded = output_of_classical("jpeg", faces, config)
    for step in range(3):
        _, x = face_batch(at_face_size(faces.split("train").pixels), step, 4, 0)
        x_hat, weight = coded(step, x)
        assert x_hat.shape == x.shape and weight.tolist() == [1, 1, 1, 1]
        assert (x_hat - x).abs().mean() < 0.2


def test_the_command_line_tunes_a_classifier_on_jpeg(faces, tmp_path, monkeypatch):
    from core import checkpoints
    from core.checkpoints import Card
    from core.training import __main__ as command

    monkeypatch.setenv("EXPRESSRATE_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(tmp_path / "checkpoints"))
    monkeypatch.setattr(command, "read_faces", lambda path: faces)
    base = Card("base", "classifier", "base", {"classes": 7}, {}, 0, "", "", "0")
    checkpoints.save(ExpressionClassifier(), base)
    options = ["--faces", "4", "--steps", "1", "--warmup", "1", "--rounds", "1", "--seed", "2"]
    assert main(["jpeg", "--data", str(tmp_path), *options]) == 0
    card = checkpoints.card("jpeg-tuned-s2")
    assert (card.kind, card.method, card.seed, card.gamma) == ("classifier", "jpeg", 2, None)


def test_the_command_line_refuses_a_missing_folder(capsys):
    assert main(["classifier", "--data", "/nowhere/at/all"]) == 2
    assert "does not exist" in capsys.readouterr().err


def test_the_command_line_writes_a_checkpoint_with_its_card(
    faces, photograph_folder, tmp_path, monkeypatch
):
    from core.training import __main__ as command

    monkeypatch.setenv("EXPRESSRATE_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(tmp_path / "checkpoints"))
    monkeypatch.setattr(command, "read_faces", lambda path: faces)
    options = ["--N", "16", "--M", "24", "--faces", "4", "--steps", "1", "--warmup", "1"]
    assert main(["codec", "--data", str(photograph_folder.parent), *options]) == 0
    codec, card = load_codec("baseline")
    assert card.config["steps"] == 1 and card.data == faces.fingerprint
    assert card.command.startswith("step 0: python -m core.training codec --data")
    assert codec.N == 16 and card.metrics["bpp@0"] > 0
    assert (tmp_path / "state" / "training" / "baseline.safetensors").is_file()

    options[options.index("--steps") + 1] = "2"
    assert main(["codec", "--data", str(photograph_folder.parent), *options]) == 0
    first, second = load_codec("baseline")[1].command.splitlines()
    assert first == card.command and second.startswith("step 1: python -m core.training codec")
