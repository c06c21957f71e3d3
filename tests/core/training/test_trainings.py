"""Trainings: golden first steps, resuming, and what each regime changes."""

import json

import pytest
import torch

from core import checkpoints
from core.checkpoints import Card
from core.codec.network import VariableRateCodec
from core.data.photographs import Photographs, read_photographs, split_of
from core.errors import InputError
from core.recognition import ExpressionClassifier, predict
from core.training.classifier import accuracy, cosine, predict_crops, train_classifier
from core.training.codec import sides_of, stratified_quality, train_codec, trapezoid
from core.training.loop import Length
from core.training.material import prepare
from core.training.regimes import train_regime
from core.training.settings import ClassifierConfig, CodecConfig, RegimeConfig

TINY = {"N": 16, "M": 24, "faces": 4, "steps": 4, "warmup": 1, "cooldown": 2}


GOLDEN_JOINT = {"bpp": 0.2297, "mse": 17890.0, "cross_entropy": 2.025}
"""Mean terms of the joint loss over the first two steps, same codec and data, seed 0."""

GOLDEN = {"faces": 5.260, "photographs": 1.224}
"""Loss of the first two steps of a codec of 16 and 24 channels on the drawn data, seed 0."""


def weights(module) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in module.parameters()])


@pytest.fixture
def material(faces, photograph_folder):
    return prepare(faces, read_photographs(photograph_folder, "train", side=256))


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


def test_the_learning_rate_rises_stays_and_falls():
    shares = [trapezoid(step, step / 10, warmup=2, cooldown=0.4) for step in range(10)]
    assert shares == pytest.approx([0.5, 1, 1, 1, 1, 1, 1, 0.75, 0.5, 0.25])
    cosines = [cosine(part, 0.2) for part in (0, 0.1, 0.2, 0.6, 1)]
    assert cosines == pytest.approx([0, 0.5, 1, 0.5, 0])


def test_qualities_of_a_batch_cover_the_range():
    quality = stratified_quality(8).sort().values
    assert ((quality * 8).floor() == torch.arange(8)).all()


def test_two_codec_steps_give_the_golden_loss(material, tmp_path):
    """The tolerance of 10 % covers bfloat16 kernels of other processors."""
    config = CodecConfig(**{**TINY, "steps": 2})
    train_codec(material, config, tmp_path / "s.safetensors")
    log = [json.loads(line) for line in (tmp_path / "s.jsonl").read_text().splitlines()]
    assert log[0]["faces"] == pytest.approx(GOLDEN["faces"], rel=0.1)
    assert log[0]["photographs"] == pytest.approx(GOLDEN["photographs"], rel=0.1)


def interrupted(monkeypatch, module, run, steps=2):
    """``run`` in two goes: ``steps`` of it first, with nothing evaluated."""
    real = module.fit
    shorter = lambda step, *, length, **rest: real(  # noqa: E731
        step, length=_Stopped(length, steps), **{**rest, "evaluate": None}
    )
    monkeypatch.setattr(module, "fit", shorter)
    run()
    monkeypatch.undo()
    return run()


class _Stopped:
    """A length that is over earlier than its parts say."""

    def __init__(self, length, steps):
        self.length, self.steps = length, steps

    def part(self, progress):
        return 1.0 if progress.step >= self.steps else self.length.part(progress)


def test_a_resumed_codec_training_repeats_an_unbroken_one(material, tmp_path, monkeypatch):
    import core.training.codec as module

    def run(name):
        torch.manual_seed(99)
        return train_codec(material, CodecConfig(**TINY), tmp_path / name)

    unbroken = run("a.safetensors")
    resumed = interrupted(monkeypatch, module, lambda: run("b.safetensors"))
    assert torch.allclose(weights(resumed), weights(unbroken), atol=1e-5)


def test_the_generic_baseline_sees_no_face(material, tmp_path, monkeypatch):
    monkeypatch.setattr(type(material.train), "__call__", None)
    codec = train_codec(material, CodecConfig(**TINY), tmp_path / "s.safetensors", with_faces=False)
    assert codec.N == 16
    log = json.loads((tmp_path / "s.jsonl").read_text().splitlines()[0])
    assert {"crops", "photographs"} <= set(log) and "faces" not in log


def test_crops_are_no_larger_than_the_photographs(faces):
    small = torch.zeros(160, 240, 3, dtype=torch.uint8).numpy()
    assert sides_of(prepare(faces, Photographs((small,), ("a",))).crops) == (64, 128)


def test_the_classifier_learns_an_easy_problem(faces, tmp_path):
    config = ClassifierConfig(phases="30x48", batch=14, learning_rate=0.02, average_decay=0.5)
    model = train_classifier(prepare(faces), config, tmp_path / "c.safetensors")
    assert accuracy(model, faces.split("val")) > 0.5


def test_the_classifier_learns_from_votes_and_mixed_faces(faces, tmp_path):
    shares = torch.nn.functional.one_hot(torch.from_numpy(faces.labels), 7).float().numpy()
    config = ClassifierConfig(
        phases="12x48", batch=14, learning_rate=0.02, average_decay=0.5, mixup=0.2, votes=0.5,
        distillation=0.0,
    )  # fmt: skip
    model = train_classifier(prepare(faces, shares=shares), config, tmp_path / "c.safetensors")
    assert accuracy(model, faces.split("train")) > 0.5


def test_several_teachers_are_learned_from(faces, tmp_path, monkeypatch):
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(tmp_path / "checkpoints"))
    blank = {"config": {}, "seed": 0, "data": "", "command": "", "version": ""}
    for name, wanted in (("one", 1), ("two", 2)):
        teacher = ExpressionClassifier()
        with torch.no_grad():
            teacher.resnet.fc.weight.zero_()
            teacher.resnet.fc.bias.zero_()[wanted] = 9
        checkpoints.save(teacher, Card(name, "classifier", "base", {"classes": 7}, **blank))
    config = ClassifierConfig(
        phases="8x48", batch=14, learning_rate=0.02, average_decay=0.5, distillation=1.0,
        teachers="one, two",
    )  # fmt: skip
    model = train_classifier(prepare(faces), config, tmp_path / "c.safetensors")
    read = predict(model, torch.rand(4, 3, 64, 64)).mean(dim=0)
    assert read[1] > 0.3 and read[2] > 0.3


def test_ten_views_are_averaged(faces):
    classifier = ExpressionClassifier().eval()
    x = torch.rand(2, 3, 64, 64)
    read = predict_crops(classifier, x)
    assert read.sum(dim=1).tolist() == pytest.approx([1, 1], abs=1e-5)
    assert torch.allclose(read, predict_crops(classifier, x.flip(-1)), atol=1e-5)
    assert not torch.allclose(read, predict(classifier, x), atol=1e-4)
    flat = torch.full((1, 3, 64, 64), 0.5)
    assert torch.allclose(predict_crops(classifier, flat), predict(classifier, flat), atol=1e-5)


def test_phases_are_epochs_times_pixels():
    assert ClassifierConfig(phases="2x32,1x48").sides() == [32, 32, 48]
    for wrong in ("2-32", "", "0x48", "3x8", "-1x48"):
        with pytest.raises(InputError, match="as in 20x32"):
            ClassifierConfig(phases=wrong).sides()


def test_a_training_can_start_from_a_checkpoint(faces, material, tmp_path, monkeypatch):
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(tmp_path / "checkpoints"))
    known = ExpressionClassifier()
    blank = {"config": {}, "seed": 0, "data": "", "command": "", "version": ""}
    checkpoints.save(
        known,
        Card(id="known", kind="classifier", method="base", architecture={"classes": 7}, **blank),
    )
    frozen = {"phases": "1x48", "batch": 14, "learning_rate": 0.0, "average_decay": 0.0}
    config = ClassifierConfig(start="known", **frozen)
    again = train_classifier(prepare(faces), config, tmp_path / "again.safetensors")
    assert torch.allclose(again.resnet.fc.weight, known.resnet.fc.weight)
    size = {"N": 16, "M": 20}
    codec = VariableRateCodec(**size)
    checkpoints.save(
        codec, Card(id="codec", kind="codec", method="baseline", architecture=size, **blank)
    )
    config = CodecConfig(**{**TINY, "steps": 1, "start": "codec", "transform_rate": 0.0})
    moved = train_codec(material, config, tmp_path / "codec.safetensors")
    assert torch.allclose(moved.net.g_a[0].weight, codec.net.g_a[0].weight, atol=1e-3)
    assert moved.M == 20, "the checkpoint's size holds"
    with pytest.raises(InputError, match="is a codec"):
        train_classifier(
            material, ClassifierConfig(start="codec", **frozen), tmp_path / "x.safetensors"
        )


@pytest.mark.parametrize(
    ("regime", "codec_moves", "classifier_moves"),
    [("codec", True, False), ("joint", True, True), ("control", False, True)],
)
def test_each_regime_changes_only_its_learners(
    regime, codec_moves, classifier_moves, material, tmp_path
):
    torch.manual_seed(0)
    codec, classifier = VariableRateCodec(16, 24), ExpressionClassifier()
    before = weights(codec).clone(), weights(classifier).clone()
    config = RegimeConfig(gamma=1.0, faces=4, steps=2, warmup=1)
    trained = train_regime(regime, codec, classifier, material, config, tmp_path / "j.safetensors")
    moved = [not torch.equal(a, weights(b)) for a, b in zip(before, trained, strict=True)]
    assert moved == [codec_moves, classifier_moves]
    if not classifier_moves:
        statistics = classifier.resnet.bn1.running_mean
        assert torch.equal(statistics, torch.zeros_like(statistics))


def test_two_joint_steps_give_the_golden_terms(material, tmp_path):
    """The tolerance of 10 % covers bfloat16 kernels of other processors."""
    torch.manual_seed(0)
    codec, classifier = VariableRateCodec(16, 24), ExpressionClassifier()
    config = RegimeConfig(gamma=1.0, faces=4, steps=2, warmup=1)
    state = tmp_path / "s.safetensors"
    train_regime("joint", codec, classifier, material, config, state)
    log = [json.loads(line) for line in state.with_suffix(".jsonl").read_text().splitlines()]
    for name, value in GOLDEN_JOINT.items():
        assert log[0][name] == pytest.approx(value, rel=0.1), name
    assert {"val_accuracy_originals", "accuracy@0", "psnr@1"} <= set(log[1])


def test_a_resumed_joint_training_repeats_an_unbroken_one(material, tmp_path, monkeypatch):
    import core.training.regimes as module

    config = RegimeConfig(
        gamma=1.0, faces=4, steps=4, warmup=1, distillation=0.5, features=0.1, analysis=2.0
    )

    def run(name):
        torch.manual_seed(0)
        pair = VariableRateCodec(16, 24), ExpressionClassifier()
        return train_regime("joint", *pair, material, config, tmp_path / name)

    unbroken = run("a.safetensors")
    resumed = interrupted(monkeypatch, module, lambda: run("b.safetensors"))
    for whole, again in zip(unbroken, resumed, strict=True):
        assert torch.allclose(weights(again), weights(whole), atol=1e-4)


def test_a_training_of_seconds_cools_down_to_nothing(material, tmp_path):
    config = CodecConfig(**{**TINY, "steps": 1, "cooldown": 1})
    codec = train_codec(material, config, tmp_path / "s.safetensors", Length(seconds=1.0))
    assert torch.isfinite(weights(codec)).all()


def test_more_faces_a_step_than_there_are_is_refused(material, tmp_path):
    with pytest.raises(InputError, match="--faces 99"):
        train_codec(material, CodecConfig(**{**TINY, "faces": 99}), tmp_path / "s.safetensors")
