"""A user's own ONNX file reads as it says, or is refused in one sentence."""

import json

import numpy as np
import pytest

from core.errors import InputError
from core.expressions import EXPRESSIONS
from core.recognition.onnx_format import demands
from core.recognition.own import load_own, own_classifier, read_wanted

onnx = pytest.importorskip("onnx")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

DESCRIBED = {
    "size": 16,
    "channels": "grey",
    "mean": 0.5,
    "scale": 0.25,
    "classes": list(reversed(EXPRESSIONS)),
}


def tiny(side=16, channels=1, classes=7, shape=None, domain="", output="logits", kind="MatMul"):
    """A linear classifier of flattened pixels, as ONNX bytes, and its matrix."""
    matrix = np.random.default_rng(0).normal(size=(channels * side * side, classes))
    matrix = matrix.astype(np.float32)
    nodes = [
        helper.make_node("Flatten", ["x"], ["flat"]),
        helper.make_node(kind, ["flat", "matrix"], ["y"], domain=domain),
    ]
    if output == "probabilities":
        nodes[-1].output[0] = "logits"
        nodes.append(helper.make_node("Softmax", ["logits"], ["y"], axis=1))
    graph = helper.make_graph(
        nodes,
        "tiny",
        [
            helper.make_tensor_value_info(
                "x", TensorProto.FLOAT, shape or ["n", channels, side, side]
            )
        ],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(matrix, "matrix")],
    )
    sets = [helper.make_opsetid("", 17)]
    if domain:
        sets.append(helper.make_opsetid(domain, 1))
    model = helper.make_model(graph, opset_imports=sets, ir_version=8)
    return model.SerializeToString(), matrix


def classifier(described=None, **asked):
    content, _ = tiny(**asked)
    return own_classifier(content, json.dumps({**DESCRIBED, **(described or {})}).encode(), "mine")


def some_faces(count=3):
    return [
        np.random.default_rng(i)
        .integers(0, 255, (16, 16), dtype=np.uint8)
        .repeat(4, 0)
        .repeat(4, 1)
        for i in range(count)
    ]


def test_a_network_is_given_what_its_description_says_and_its_classes_are_put_in_our_order():
    from PIL import Image

    content, matrix = tiny()
    faces = some_faces()
    seen = np.stack(
        [np.asarray(Image.fromarray(f).resize((16, 16), Image.Resampling.BICUBIC)) for f in faces]
    )
    logits = ((seen / 255 - 0.5) / 0.25).reshape(len(faces), -1) @ matrix
    wanted = np.exp(logits - logits.max(1, keepdims=True))
    wanted = (wanted / wanted.sum(1, keepdims=True))[:, ::-1]
    read = own_classifier(content, json.dumps(DESCRIBED).encode(), "mine").read(faces)
    assert np.abs(read - wanted).max() < 1e-3


def test_channels_may_come_last_and_colour_has_three_means():
    described = {"channels": "colour", "mean": [0.1, 0.2, 0.3], "scale": [1, 2, 3]}
    last = classifier(described, channels=3, shape=[1, 16, 16, 3])
    assert last.read(some_faces()).shape == (3, 7)


def test_probabilities_are_taken_as_they_are():
    read = classifier({"output": "probabilities"}, output="probabilities").read(some_faces())
    assert np.abs(read - classifier(output="logits").read(some_faces())).max() < 1e-5
    with pytest.raises(InputError, match="output is logits"):
        classifier({"output": "probabilities"})


def test_a_class_of_ours_that_is_missing_is_named():
    with pytest.raises(InputError, match="classes names disgust 0 times"):
        classifier(
            {"classes": ["angry", "fear", "happy", "sad", "surprise", "neutral", "contempt"]}
        )


def test_other_names_and_an_eighth_class_are_understood():
    names = ["neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt"]
    read = classifier({"classes": names}, classes=8).read(some_faces())
    assert np.allclose(read.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize(
    ("described", "asked", "sentence"),
    [
        ({"size": 20}, {}, "20 x 20"),
        ({"channels": "colour"}, {}, "3 channels"),
        ({}, {"classes": 6}, "names 7 classes"),
        ({}, {"shape": [4, 1, 16, 16]}, "takes input of shape"),
        ({}, {"shape": ["n", 256]}, "pictures have 4 axes"),
        ({}, {"domain": "my.own", "kind": "Magic"}, "operators of its own .my.own."),
        ({}, {"kind": "Nonsense"}, "cannot be run"),
    ],
)
def test_what_does_not_fit_is_one_sentence(described, asked, sentence):
    with pytest.raises(InputError, match=sentence) as refused:
        classifier(described, **asked)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("described", "problem"),
    [
        (b"{", "not JSON"),
        (b"[]", "a JSON object"),
        (json.dumps({**DESCRIBED, "size": 4}).encode(), "size is 4"),
        (json.dumps({**DESCRIBED, "size": True}).encode(), "size is True"),
        (json.dumps({**DESCRIBED, "scale": 0}).encode(), "scale is 0"),
        (json.dumps({**DESCRIBED, "mean": [1, 2]}).encode(), "mean is"),
        (json.dumps({**DESCRIBED, "std": 1}).encode(), "'std' is not known"),
        (json.dumps({"size": 48}).encode(), "channels is missing; classes is missing"),
    ],
)
def test_a_description_that_cannot_be_used_says_why(described, problem):
    with pytest.raises(InputError, match=problem):
        read_wanted(described)


def test_weights_in_another_file_are_refused(tmp_path, monkeypatch):
    content, matrix = tiny()
    (tmp_path / "secret.bin").write_bytes(matrix.tobytes())
    model = onnx.load_from_string(content)
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "secret.bin"
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="another file"):
        own_classifier(model.SerializeToString(), json.dumps(DESCRIBED).encode(), "mine")


def test_external_data_is_found_in_a_branch_of_an_if():
    hidden = TensorProto(name="w", dims=[1], data_type=1, data_location=1)
    branch = helper.make_graph([helper.make_node("Constant", [], ["c"], value=hidden)], "b", [], [])
    outer = helper.make_node("If", ["x"], ["y"], then_branch=branch, else_branch=branch)
    model = helper.make_model(helper.make_graph([outer], "g", [], []))
    assert demands(model.SerializeToString()).external_data
    assert not demands(tiny()[0]).external_data


@pytest.mark.parametrize("content", [b"", b"not a model at all", bytes(range(256)), b"\xff" * 64])
def test_what_is_no_onnx_file_is_refused(content):
    with pytest.raises(InputError, match="not an ONNX file"):
        own_classifier(content, json.dumps(DESCRIBED).encode(), "mine")


def test_a_file_without_its_description_is_told_what_is_missing(tmp_path):
    (tmp_path / "mine.onnx").write_bytes(tiny()[0])
    with pytest.raises(InputError, match=r"no mine\.json beside mine\.onnx"):
        load_own(tmp_path / "mine.onnx")
    (tmp_path / "mine.json").write_text(json.dumps(DESCRIBED))
    assert load_own(tmp_path / "mine.onnx").title == "mine"
    with pytest.raises(InputError, match=r"There is no other\.onnx"):
        load_own(tmp_path / "other.onnx")
