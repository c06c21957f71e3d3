"""Does a study still say the same?  On kept series whose truth is known, and on rendered people."""

import numpy as np
import pandas as pd
import pytest

from core.bridge.conclusion import conclusions, people_of
from core.bridge.methods import Method
from core.bridge.passes import DriftSettings, Reference
from core.errors import InputError
from core.face.series import EMOTIONS
from core.facs import UNITS
from core.synthetic.rendered_people import write_people
from tests.paths import DATA

PEOPLE = 12
LABELS = "participant,label\n" + "".join(f"p{i:02},{i % 2}\n" for i in range(PEOPLE))
JPEG = Method("jpeg", "jpeg", (1.0, 90.0))


class Kept:
    """Stands where the store does: everyone smiles by their group; coarse coding hides the smile."""

    def __init__(self, clips):
        rng = np.random.default_rng(0)
        self.level = {path: i % 2 + 0.3 * rng.normal() for i, path in enumerate(clips.values())}
        self.noise = {path: rng.normal(1, 0.3) for path in clips.values()}

    def _series(self, smile):
        table = pd.DataFrame(0.5, index=range(10), columns=[*UNITS, *EMOTIONS])
        table["AU12"] = smile + np.r_[np.zeros(2), np.ones(8)]
        return table.assign(frame=range(10), time=np.arange(10) / 10, success=True)

    def reference(self, path, settings):
        return Reference(self._series(self.level[path]), 100, 100)

    def coded(self, path, method, settings):
        parts = []
        for setting, smile in ((1.0, self.noise[path]), (90.0, self.level[path] + 0.01)):
            part = self._series(smile).assign(setting=setting, file_bytes=10 * setting)
            parts.append(part)
        return pd.concat(parts, ignore_index=True)

    def is_done(self, path, method, settings):
        return True


@pytest.fixture
def clips(tmp_path):
    return {f"p{i:02}": tmp_path / f"p{i:02}.mp4" for i in range(PEOPLE)}


def test_a_conclusion_is_kept_at_a_fine_rate_and_lost_at_a_coarse_one(clips):
    people = people_of(list(clips), LABELS.encode())
    assert people.groups == ("0", "1")
    table = conclusions(clips, people, [JPEG], DriftSettings(), Kept(clips))
    smile = table[table["unit"] == "AU12"].set_index("setting")
    assert list(smile["verdict"]) == ["lost", "kept"]
    assert smile.loc[90.0, "effect"] == pytest.approx(smile.loc[90.0, "original_effect"], abs=0.01)
    assert smile.loc[1.0, "bits_per_face"] == 80
    assert set(table.loc[table["unit"] == "AU01", "verdict"]) == {"unknown"}


def test_the_neutral_is_that_of_the_original(clips):
    people = people_of(list(clips), LABELS.encode())
    table = conclusions(clips, people, [JPEG], DriftSettings(), Kept(clips), neutral=(0, 0.1))
    smile = table[table["unit"] == "AU12"].set_index("setting")
    assert abs(smile.loc[90.0, "original_effect"]) < 1e-6 or np.isnan(
        smile.loc[90.0, "original_effect"]
    ), "the original minus its own neutral leaves everyone the same"
    assert np.isfinite(smile.loc[1.0, "effect"]), (
        "the coded clip is not levelled by its own neutral"
    )
    with pytest.raises(InputError, match="to take as neutral"):
        conclusions(clips, people, [JPEG], DriftSettings(), Kept(clips), neutral=(8, 9))


def test_a_codec_that_failed_on_someone_is_left_out(clips, monkeypatch):
    kept = Kept(clips)
    monkeypatch.setattr(kept, "is_done", lambda path, *_: path.stem != "p03")
    people = people_of(list(clips), LABELS.encode())
    assert conclusions(clips, people, [JPEG], DriftSettings(), kept).empty


def test_clips_without_a_label_and_groups_of_one_are_told(clips):
    with pytest.raises(InputError, match="no label for 1 of 13"):
        people_of([*clips, "stranger"], LABELS.encode())
    with pytest.raises(InputError, match="Two groups of at least two"):
        people_of(["p00", "p01"], LABELS.encode())
    assert (
        people_of(["s/p00.mp4", "p01", "p02", "p03", "p04"], LABELS.encode()).participant[
            "s/p00.mp4"
        ]
        == "p00"
    )


@pytest.mark.skipif(
    not (DATA / "ict_facekit" / "ict_facekit.npz").is_file(), reason="wants the morphable face"
)
def test_rendered_people_show_what_was_planted_and_come_back_the_same(tmp_path):
    from core.synthetic.morphable import load_morphable

    face = load_morphable(DATA)
    folder = write_people(face, tmp_path / "a", 6, 2.0, seed=3, seconds=1)
    again = write_people(face, tmp_path / "b", 6, 2.0, seed=3, seconds=1)
    known = {path.stem: pd.read_csv(path) for path in sorted(folder.glob("synthetic_*.csv"))}
    assert len(known) == 6 and len(list(folder.glob("*.mp4"))) == 6
    for name, table in known.items():
        assert table.equals(pd.read_csv(again / f"{name}.csv"))
    groups = pd.read_csv(folder / "labels.csv").set_index("participant")["label"]
    means = pd.DataFrame({name: table[["AU12", "AU15"]].mean() for name, table in known.items()}).T
    difference = means[groups == 1].mean() - means[groups == 0].mean()
    assert difference["AU12"] < -0.3 and difference["AU15"] > 0.3
    people = people_of(list(known), folder / "labels.csv")
    assert people.groups == ("0", "1")
    with pytest.raises(InputError, match="holds other clips"):
        write_people(face, folder, 8, 2.0, seed=3)
