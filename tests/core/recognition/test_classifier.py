"""The classifier's contract."""

import torch

from core.expressions import EXPRESSIONS
from core.recognition import ExpressionClassifier, predict
from core.recognition.classifier import SIDE


def classifier():
    torch.manual_seed(0)
    return ExpressionClassifier().eval()


def test_predictions_are_probabilities():
    p = predict(classifier(), torch.rand(3, 3, 64, 64))
    assert p.shape == (3, len(EXPRESSIONS))
    assert torch.allclose(p.sum(dim=1), torch.ones(3), atol=1e-5)


def test_a_mirrored_face_gives_the_same_prediction():
    model, x = classifier(), torch.rand(2, 3, 64, 64)
    assert torch.allclose(predict(model, x), predict(model, x.flip(-1)), atol=1e-5)


def test_only_luma_counts():
    model = classifier()
    grey = torch.rand(1, 1, 64, 64)
    tint = torch.tensor([0.1, 0.0, -0.1 * 0.299 / 0.114]).view(1, 3, 1, 1)
    x = 0.3 + 0.4 * grey.expand(-1, 3, -1, -1)
    assert torch.allclose(predict(model, x), predict(model, x + tint), atol=1e-4)


def test_the_last_stage_keeps_three_by_three_pixels():
    sizes = {}
    model = classifier()
    model.resnet.layer4.register_forward_hook(lambda *a: sizes.update(last=a[2].shape[-2:]))
    predict(model, torch.rand(1, 3, 64, 64), flip=False)
    assert sizes["last"] == (3, 3)


def test_a_larger_face_is_read_at_the_size_of_the_training_faces():
    model = classifier()
    small = torch.rand(1, 3, SIDE, SIDE)
    doubled = small.repeat_interleave(2, -1).repeat_interleave(2, -2)
    assert torch.allclose(predict(model, small), predict(model, doubled), atol=0.05)
