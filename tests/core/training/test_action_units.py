"""Training and validation of the action-unit estimators."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import roc_auc_score

from core import checkpoints
from core.data.faces import Faces
from core.errors import InputError
from core.expressions import EXPRESSIONS
from core.face.units.validation import COLUMNS, read_validation
from core.facs import UNITS
from core.training.action_units import choose_estimators, confirm, train_appearance
from core.training.settings import UnitsConfig
from core.training.unit_agreement import auc, consistency, correlation
from core.training.unit_crops import augment
from core.training.unit_shots import Shots, frame_face
from core.training.unit_validation import PAIRS, write_validation
from core.training.weak_labels import CHANCE, one_hot, vote_shares, weak_loss


def shots(count, labels=False, seed=0):
    """Crops whose brightness at a place is the unit's intensity."""
    rng = np.random.default_rng(seed)
    units = rng.uniform(0, 5, (count, 17)).astype(np.float32)
    crops = np.full((count, 112, 112), 40, np.uint8)
    for i in range(17):
        row, column = 8 + 24 * (i // 4), 8 + 24 * (i % 4)
        crops[:, row : row + 16, column : column + 16] = (60 + 35 * units[:, i])[:, None, None]
    return Shots(
        landmarks=np.zeros((count, 478, 3), np.float32),
        blendshapes=np.zeros((count, 52), np.float32),
        crops=crops,
        presence=np.ones(count, np.float32),
        units=units,
        sides=np.repeat(units[..., None], 2, 2),
        occlusion=np.zeros(count, np.float32),
        person=np.arange(count),
        label=np.arange(count) % 7 if labels else np.full(count, -1),
    )


def test_there_are_18_pairs():
    assert len(PAIRS) == 18 and len(set(PAIRS)) == 18


def test_correlation_leaves_missing_frames_out_and_says_nan_where_nothing_varies():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(50, 17))
    found = truth * 2 + 1
    found[3], found[:, 5] = np.nan, 1.0
    r = correlation(found, truth)
    assert np.isnan(r[5]) and np.allclose(np.delete(r, 5), 1)


def test_consistency_ignores_a_shift_but_not_a_scale():
    truth = np.random.default_rng(1).normal(size=(200, 17))
    assert np.allclose(consistency(truth + 3, truth), 1)
    # for one rater k times the other, ICC(3,1) is 2k / (1 + k^2)
    assert np.allclose(consistency(3 * truth, truth), 0.6)


def test_auc_agrees_with_scikit_learn_and_leaves_nan_out():
    rng = np.random.default_rng(2)
    high, low = rng.integers(0, 9, 60) + 1.0, rng.integers(0, 9, 80) * 1.0
    wanted = roc_auc_score([1] * 60 + [0] * 80, np.concatenate([high, low]))
    assert auc(np.append(high, np.nan), np.append(low, np.nan)) == pytest.approx(wanted)
    assert np.isnan(auc(np.array([np.nan]), low))


def test_the_estimator_with_the_better_worse_kind_is_chosen():
    good, uneven, bad = np.full(17, 0.7), np.full(17, 0.95), np.full(17, 0.3)
    evidence = {
        "render": {"measured": bad.copy(), "mapped": good.copy(), "appearance": uneven.copy()},
        "warp": {"measured": bad.copy(), "mapped": good.copy(), "appearance": bad.copy()},
    }
    evidence["warp"]["mapped"][0] = np.nan
    chosen = choose_estimators(evidence)
    assert chosen["AU02"] == "mapped" and chosen["AU01"] in ("measured", "appearance")


def test_the_card_says_what_the_table_supports(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPRESSRATE_CHECKPOINTS", str(tmp_path))
    card = checkpoints.Card(
        id="action-units", kind="action-units", method="", architecture={}, seed=0, data="",
        config={"validated": dict.fromkeys(UNITS, True)}, command="", version="",
    )  # fmt: skip
    rows = [
        (measure, data, "mapped", unit, "", value, 10, True)
        for unit, slope in {"AU12": 0.9, "AU17": 0.4}.items()
        for measure, value in (("pearson", 0.8), ("slope", slope), ("auc present", 0.9))
        for data in ("render", "warp")
    ]
    confirmed = confirm(card, pd.DataFrame(rows, columns=COLUMNS))
    assert confirmed.config["validated"] == {unit: unit == "AU12" for unit in UNITS}
    assert checkpoints.card("action-units") == confirmed


def test_weak_labels_want_proportions_and_nothing_of_unnamed_units():
    units = torch.zeros(1, 10, 17)
    smile = units.clone()
    smile[..., list(UNITS).index("AU12")] = 4
    blink = units.clone()
    blink[..., list(UNITS).index("AU45")] = 4
    happy, sad = (
        torch.from_numpy(one_hot(np.full(10, EXPRESSIONS.index(name))))[None]
        for name in ("happy", "sad")
    )
    assert weak_loss(smile, happy) < weak_loss(units, happy)
    assert weak_loss(smile, sad) > weak_loss(units, sad)
    assert weak_loss(blink, happy) == weak_loss(units, happy)
    assert weak_loss(smile, happy) < weak_loss(smile, (happy + sad) / 2) < weak_loss(smile, sad)
    assert set().union(*CHANCE.values()) <= set(UNITS)


def test_ten_peoples_votes_stand_for_the_label_where_there_are_some(tmp_path):
    (tmp_path / "votes.csv").write_text(
        "image,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF\n"
        "a.jpg,0,6,4,0,0,0,0,0,0,0\n"
    )
    labelled = shots(7, labels=True)
    names = np.array(["b.jpg", "a.jpg", *(f"{i}.jpg" for i in range(5))])
    pixels, splits = np.zeros((7, 4, 4), np.uint8), np.full(7, "train")
    faces = Faces(pixels, labelled.label, splits, names, names, EXPRESSIONS)
    found = vote_shares(tmp_path, faces, labelled)
    assert found[1, EXPRESSIONS.index("happy")] == pytest.approx(0.6)
    assert found[1, EXPRESSIONS.index("surprise")] == pytest.approx(0.4)
    assert (found[0] == one_hot(labelled.label)[0]).all()
    assert (vote_shares(tmp_path / "none", faces, labelled) == one_hot(labelled.label)).all()


def test_augmented_crops_keep_their_shape_and_follow_the_seed():
    crops = shots(4).crops
    first, again, other = (augment_with(crops, seed) for seed in (1, 1, 2))
    assert first.shape == (4, 112, 112) and torch.isfinite(first).all()
    assert torch.equal(first, again) and not torch.equal(first, other)


def augment_with(crops, seed):
    torch.manual_seed(seed)
    return augment(crops, np.random.default_rng(seed))


def test_an_interrupted_training_goes_on_where_it_stopped(tmp_path, monkeypatch):
    config = UnitsConfig(steps=2, batch=8)
    train, labelled = shots(24), shots(28, labels=True, seed=1)
    whole = train_appearance(train, labelled, train, config, tmp_path / "whole.safetensors")

    from core.training import loop

    saved = loop.save_state

    def stop_after_one(path, parts, progress):
        saved(path, parts, progress)
        if progress.step == 1:
            raise KeyboardInterrupt

    fitted = loop.fit
    monkeypatch.setattr(loop, "save_state", stop_after_one)
    monkeypatch.setattr(
        "core.training.action_units.fit", lambda *a, **k: fitted(*a, **k, save_every_seconds=0)
    )
    with pytest.raises(KeyboardInterrupt):
        train_appearance(train, labelled, train, config, tmp_path / "part.safetensors")
    parted = train_appearance(train, labelled, train, config, tmp_path / "part.safetensors")
    for mine, theirs in zip(parted.state_dict().values(), whole.state_dict().values(), strict=True):
        assert torch.allclose(mine.float(), theirs.float(), atol=1e-5)


def test_a_tight_face_gets_a_margin():
    framed = frame_face(np.full((48, 48), 90, np.uint8))
    assert framed.shape == (288, 288, 3) and (framed == 90).all()


def test_the_validation_table_is_read_back_and_a_foreign_one_is_refused(tmp_path):
    table = pd.DataFrame(
        [("auc", "fer2013", "mapped", "AU12", "happy", 0.9, 10, True)], columns=COLUMNS
    )
    path = tmp_path / "action_units.parquet"
    write_validation(table, path, {"seed": 0})
    back, sidecar = read_validation(path)
    pd.testing.assert_frame_equal(back, table)
    assert sidecar == {"seed": 0}
    table.drop(columns="value").to_parquet(path)
    with pytest.raises(InputError, match="other columns"):
        read_validation(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_validation(tmp_path / "missing.parquet")
