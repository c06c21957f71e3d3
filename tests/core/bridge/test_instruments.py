"""Two instruments on one clip: what agrees, what is too little, what cannot be compared."""

import json

import numpy as np
import pandas as pd
import pytest

from core.bridge.__main__ import main
from core.bridge.instruments import agreement, read_instrument, sentence
from core.errors import InputError


def table(frames=60, shift=0.0, first=1, scale=1.0, noise=0.0, columns=("AU12_r", "AU04_r")):
    """An OpenFace table whose units rise and fall."""
    rng = np.random.default_rng(4)
    wave = 2 + 2 * np.sin(np.arange(first - 1, first - 1 + frames) / 5)
    out = pd.DataFrame({"frame": np.arange(first, first + frames)})
    out["timestamp"] = (out["frame"] - 1) / 30
    out["confidence"], out["success"] = 0.98, 1
    for i, column in enumerate(columns):
        moved = wave if i == 0 else np.full(frames, 0.5)
        out[column] = np.clip(scale * moved + shift + noise * rng.normal(size=frames), 0, 5)
    return out


def parsed(frame, name="clip.csv"):
    return read_instrument(name, frame.to_csv(index=False).encode())


def test_the_same_motion_on_another_scale_agrees_in_r_and_shows_in_bias_and_slope():
    rows = agreement(parsed(table(scale=0.5)), parsed(table())).set_index("unit")
    smile = rows.loc["AU12"]
    assert smile["r"] == pytest.approx(1) and smile["slope"] == pytest.approx(0.5, abs=0.01)
    assert smile["bias"] == pytest.approx(smile["mean_first"] - smile["mean_second"], abs=1e-4)
    assert smile["bias"] < -0.5
    assert np.isnan(rows.loc["AU04", "r"]), "what does not move has no correlation"


def test_frames_are_matched_by_their_number_and_faces_that_one_lost_are_left_out():
    late, lost = table(frames=40, first=21), table()
    lost.loc[lost["frame"] <= 30, "success"] = 0
    rows = agreement(parsed(late), parsed(lost)).set_index("unit")
    assert rows.loc["AU12", "frames"] == 30 and rows.loc["AU12", "r"] == pytest.approx(1)
    assert "30 frames" in sentence(rows) and "not truth" in sentence(rows)


def test_tables_without_common_frames_or_units_are_refused():
    with pytest.raises(InputError, match="same clip"):
        agreement(parsed(table(frames=20)), parsed(table(frames=20, first=500)))
    with pytest.raises(InputError, match="same clip"):
        agreement(parsed(table(columns=("AU12_r",))), parsed(table(columns=("AU04_r",))))
    with pytest.raises(InputError, match=r"odd\.csv"):
        read_instrument("odd.csv", b"a,b\n1,2\n")


def test_the_command_prints_and_writes_what_agrees(tmp_path, capsys):
    ours, theirs = tmp_path / "ours.csv", tmp_path / "theirs.csv"
    table(noise=0.1).to_csv(ours, index=False)
    table(shift=0.3).to_csv(theirs, index=False)
    assert main(["instruments", str(ours), str(theirs), "--json", str(tmp_path / "a.json")]) == 0
    assert "AU12" in capsys.readouterr().out
    document = json.loads((tmp_path / "a.json").read_text())
    assert document["units"][0]["r"] is None or document["units"][0]["r"] <= 1
    smile = next(row for row in document["units"] if row["unit"] == "AU12")
    assert smile["r"] > 0.95 and document["first"] == "ours.csv"
    (tmp_path / "odd.csv").write_text("a,b\n1,2\n")
    assert main(["instruments", str(ours), str(tmp_path / "odd.csv")]) == 2
