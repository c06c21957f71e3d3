"""The stack over the estimators of units: calibration, mirrors, confidence, and which is in use."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from core import checkpoints
from core.errors import InputError
from core.face.landmarks import Landmarker
from core.face.units import used, validation
from core.face.units.alignment import CROP, crop, mirror_order, reference
from core.face.units.bar import passing
from core.face.units.calibrated import load_stack, read_faces
from core.face.units.estimate import UNDER_STACK, run_estimator
from core.face.units.features import mirror_blendshapes
from core.face.units.networks import UnitNetworks
from core.face.units.stacking import Curves, StackedUnits
from core.face.units.weighing import look, weigh
from core.facs import UNITS
from tests.paths import DATA

wants_model = pytest.mark.skipif(
    not (DATA / "ict_facekit" / "ict_facekit.npz").is_file(), reason="wants the morphable face"
)
wants_stack = pytest.mark.skipif(used.stack_card() is None, reason="wants the trained stack")


def faces(count, seed=0):
    """Landmarks near the canonical face, blendshapes, crops, presence."""
    rng = np.random.default_rng(seed)
    mesh = reference() * (20, -20, -20) + (300, 240, 0)
    mesh = np.concatenate([mesh, np.concatenate([mesh[[159] * 5], mesh[[386] * 5]])])
    landmarks = (mesh + rng.normal(0, 2, (count, 478, 3))).astype(np.float32)
    shapes = rng.random((count, 52), np.float32)
    crops = rng.integers(0, 255, (count, CROP, CROP), np.uint8)
    return landmarks, shapes, crops, np.full(count, 0.99)


@pytest.fixture(scope="module")
def networks():
    torch.manual_seed(0)
    made = UnitNetworks(components=8, width=16, appearance=True, channels=4).eval()
    made.mapped.find_components(
        np.random.default_rng(0).normal(size=(40, 478 * 3 + 52)).astype(np.float32)
    )
    return made


@pytest.fixture(scope="module")
def stack(networks):
    torch.manual_seed(1)
    made = StackedUnits(**networks.stack_sizes(), axes=6, width=12).eval()
    made.pool_axes.normal_(0, 0.05)
    return made


def test_a_curve_is_straight_between_its_knots_and_level_beyond():
    curves = Curves(2, knots=3)
    curves.x.copy_(torch.tensor([[0.0, 1.0, 2.0], [0.0, 1.0, 2.0]]))
    curves.y.copy_(torch.tensor([[0.0, 3.0, 4.0], [1.0, 1.0, 5.0]]))
    values = torch.tensor([[-1.0, 0.5], [0.5, 1.5], [1.5, 2.0], [9.0, 9.0]])
    found = curves(values)
    assert torch.allclose(found, torch.tensor([[0.0, 1.0], [1.5, 3.0], [3.5, 5.0], [4.0, 5.0]]))


def test_what_the_estimators_say_one_by_one_is_among_what_is_weighed(networks):
    landmarks, shapes, crops, presence = faces(3)
    seen = look(networks, landmarks, shapes, crops, presence)
    for name in ("measured", "mapped", "appearance", "combined"):
        alone = run_estimator(networks, name, landmarks, shapes, crops)
        assert np.allclose(seen.estimated(name), alone, atol=1e-4), name


def test_a_mirrored_face_reads_the_same(networks, stack):
    landmarks, shapes, crops, presence = faces(2)
    turned = landmarks[:, mirror_order()] * np.float32([-1, 1, 1]) + np.float32([600, 0, 0])
    one = weigh(stack, look(networks, landmarks, shapes, crops, presence))
    mirrored = np.ascontiguousarray(crops[:, :, ::-1])
    other = weigh(
        stack, look(networks, turned, shapes[:, mirror_blendshapes()], mirrored, presence)
    )
    assert torch.allclose(one.units, other.units, atol=0.1)
    assert torch.allclose(one.confidence, other.confidence, atol=0.05)


def test_everything_stays_within_its_scale(networks, stack):
    read = weigh(stack, look(networks, *faces(5)))
    assert read.units.shape == (5, 17) and read.units.min() >= 0 and read.units.max() <= 5
    for share in (read.occlusion, read.confidence):
        assert share.shape == (5,) and share.min() >= 0 and share.max() <= 1


@pytest.fixture
def shipped(tmp_path, monkeypatch, networks, stack):
    """Both checkpoints in a folder of their own; what it is called with goes into the stack's card."""
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(tmp_path))
    common = {"method": "", "seed": 0, "data": "", "command": "", "version": ""}
    sizes = {"components": 8, "width": 16, "appearance": True, "channels": 4}
    chosen = dict.fromkeys(UNITS, "combined")
    base = checkpoints.save(
        networks,
        checkpoints.Card(
            id="action-units", kind="action-units", architecture=sizes,
            config={"chosen": chosen, "validated": {"AU12": True}}, **common,
        ),
    )  # fmt: skip

    def save(**config):
        known = {"fitted_on": base.fingerprint, "validated": {"AU25": True}, "in_use": False}
        return checkpoints.save(
            stack,
            checkpoints.Card(
                id=used.STACK, kind=used.STACK,
                architecture=networks.stack_sizes() | {"axes": 6, "width": 12},
                config=known | config, **common,
            ),
        )  # fmt: skip

    return save


def test_the_stack_speaks_for_the_units_only_where_its_card_says_so(shipped):
    assert used.weights_in_use() == ["action-units"] and load_stack() is None
    card = shipped()
    assert not used.stack_in_use() and validation.trusted_units() == ("AU12",)
    assert validation.validation_path().name == "action_units.parquet"
    checkpoints.write_card(replace(card, config=card.config | {"in_use": True}))
    assert used.stack_in_use() and validation.trusted_units() == ("AU25",)
    assert used.weights_in_use() == ["action-units", "action-units-stack"]
    assert validation.validation_path().name == "action_units_stack.parquet"


def test_a_stack_over_other_estimators_is_refused(shipped):
    shipped(fitted_on="another")
    with pytest.raises(InputError, match="fitted on other estimators"):
        load_stack()


def test_units_one_by_one_are_those_that_are_estimated_without_a_stack(shipped, networks):
    shipped()
    landmarks, shapes, crops, presence = faces(3)
    reading = read_faces(load_stack(), landmarks, shapes, crops, presence)
    assert np.allclose(
        reading.units, run_estimator(networks, "combined", landmarks, shapes, crops), atol=1e-4
    )


def test_a_stack_may_lie_over_estimators_that_speak_for_no_unit_themselves(shipped, networks):
    own = checkpoints.card(shipped().id)
    base = checkpoints.card("action-units")
    torch.manual_seed(5)
    others = UnitNetworks(**base.architecture).eval()
    under = checkpoints.save(others, replace(base, id="under", kind=UNDER_STACK))
    config = own.config | {"over": "under", "fitted_on": under.fingerprint}
    checkpoints.write_card(replace(own, config=config))
    assert load_stack().estimators.card.id == "under"
    assert used.weights_in_use() == ["action-units"], "they speak for nothing"
    assert used.weights_of_stack() == ["under", "action-units-stack"]
    checkpoints.write_card(replace(own, config=config | {"in_use": True}))
    assert used.weights_in_use() == ["under", "action-units-stack"]


@wants_stack
def test_the_shipped_card_says_what_the_shipped_table_supports():
    table, sidecar = validation.read_validation(validation.validation_path(used.STACK))
    card = used.stack_card()
    assert card.config["validated"] == passing(table)
    assert sidecar["fingerprint"] == card.fingerprint
    curves = validation.response_curves(table)
    assert set(curves["unit"]) == set(UNITS) and set(curves["data"]) == {"render", "warp"}


@wants_stack
def test_no_shipped_unit_that_passes_has_a_slope_below_three_quarters():
    table, _ = validation.read_validation(validation.validation_path(used.STACK))
    units = validation.by_unit(table)
    sure = units[units["validated"]]
    assert len(sure) and (sure[["slope render", "slope warp"]] >= 0.75).all(axis=None)
    assert (units["at rest"] <= 0.1).all()
    json.dumps(validation.as_document(table, {}), allow_nan=False)


def read(pictures):
    """What the shipped stack reads off the largest face of each picture; where none is found, nothing."""
    landmarker, found = Landmarker(), []
    for picture in pictures:
        for face in landmarker.find(picture, thorough=True)[:1]:
            found.append(
                (face.landmarks, face.blendshapes, crop(picture, face.landmarks), face.presence)
            )
    return read_faces(load_stack(), *(np.stack(part) for part in zip(*found, strict=True)))


@pytest.fixture(scope="module")
def portraits():
    """Faces of five people no training saw, at rest or with a small smile."""
    from core.synthetic.morphable import (
        Scene,
        load_morphable,
        make_person,
        perform_units,
        render,
    )

    face = load_morphable(DATA)
    return [
        render(
            face,
            make_person(face, 2_900_000 + i),
            perform_units(face, {"AU12": 1.0 * (i % 2)}),
            Scene(size=0.62, yaw=0.1 * (i - 2), backdrop=i),
            384,
            384,
        )
        for i in range(5)
    ]


@wants_model
@wants_stack
def test_a_still_face_with_noise_stays_where_it_is(portraits):
    from core.synthetic.morphable.film import add_noise

    rng = np.random.default_rng(0)
    noisy = read([add_noise(portraits[1], 4, rng) for _ in range(8)])
    sure = [i for i, unit in enumerate(UNITS) if load_stack().validated[unit]]
    assert noisy.calibrated[:, sure].std(0).max() < 0.5


@wants_model
@wants_stack
def test_a_covered_mouth_is_seen_to_be_covered_and_believed_less(portraits):
    from core.synthetic.morphable import Place, cover

    rng = np.random.default_rng(3)
    covered = [cover(p, Place(192, 192, 190, 240), rng, "mask")[0] for p in portraits]
    plain, hidden = read(portraits), read(covered)
    assert (hidden.occlusion > plain.occlusion).mean() >= 0.8
    assert hidden.confidence.mean() < 0.7 * plain.confidence.mean()


@wants_model
@wants_stack
def test_a_face_upside_down_is_believed_less(portraits):
    plain = read(portraits)
    turned = read([np.ascontiguousarray(p[::-1, ::-1]) for p in portraits])
    assert turned.confidence.mean() < plain.confidence.mean()


@wants_model
@wants_stack
def test_a_drawing_of_a_face_is_believed_less(portraits):
    from core.synthetic.morphable.odd import drawing

    drawn = read([drawing(p, np.random.default_rng(i)) for i, p in enumerate(portraits)])
    assert drawn.confidence.mean() < 0.7 * read(portraits).confidence.mean()


@wants_model
@wants_stack
def test_a_part_of_a_face_that_fills_the_picture_is_no_face_or_believed_less(portraits):
    from core.synthetic.morphable import Place
    from core.synthetic.morphable.odd import close_up

    landmarker = Landmarker()
    parts = [
        close_up(picture, Place(192, 192, 190, 240), np.random.default_rng(seed))
        for seed, picture in enumerate(portraits * 2)
    ]
    seen = [part for part in parts if landmarker.find(part, thorough=True)]
    assert len(seen) <= len(parts) / 2
    believed = read(seen).confidence.sum() if seen else 0.0
    assert believed / len(parts) < 0.5 * read(portraits).confidence.mean()
