"""Change, correlation and lost faces, from series whose drift is known by construction."""

import numpy as np
import pandas as pd
import pytest

from core.bridge.drift import LEAST_SPREAD, clip_drift, measures, series_drift
from core.bridge.headline import lowest_rates
from core.bridge.methods import Method
from core.face.series import EMOTIONS
from core.facs import UNITS

FRAMES = 40


def series(**units) -> pd.DataFrame:
    table = pd.DataFrame(0.0, index=range(FRAMES), columns=[*UNITS, *EMOTIONS])
    table = table.assign(**{name: np.asarray(values) for name, values in units.items()})
    return table.assign(frame=range(FRAMES), time=np.arange(FRAMES) / 25, success=True)


def wave(height=2.0):
    return height * (1 + np.sin(np.arange(FRAMES)))


def found(reference, coded) -> pd.DataFrame:
    return series_drift(measures(reference), measures(coded)).set_index("measure")


def test_an_equal_series_has_no_drift():
    same = found(series(AU12=wave()), series(AU12=wave()))
    assert (same["change"] == 0).all() and (same["shift"] == 0).all()
    assert same.loc["AU12", "r"] == pytest.approx(1)


def test_a_shift_changes_the_level_and_not_the_correlation():
    row = found(series(AU12=wave()), series(AU12=wave() + 0.5)).loc["AU12"]
    assert (row["change"], row["shift"]) == pytest.approx((0.5, 0.5))
    assert row["r"] == pytest.approx(1)


def test_a_composite_drifts_with_its_units():
    row = found(series(AU06=wave()), series(AU06=wave(), AU12=np.ones(FRAMES)))
    assert row.loc["happiness", "change"] == pytest.approx(1)
    assert row.loc["happiness", "spread"] == pytest.approx(wave().std())


def test_a_unit_that_hardly_moves_has_no_correlation():
    still = found(series(AU12=0.01 * wave()), series(AU12=0.01 * wave()))
    assert still.loc["AU12", "spread"] < LEAST_SPREAD and np.isnan(still.loc["AU12", "r"])


def test_what_moves_is_not_for_a_codec_to_say():
    once = np.where(np.arange(FRAMES) == 0, 1.5, 0.0)
    coded = series(AU12=once)
    coded.loc[10:, list(UNITS)] = np.nan  # of the frames that are left it would spread by 0.45
    row = found(series(AU12=once), coded).loc["AU12"]
    assert row["spread"] == pytest.approx(once.std()) and row["spread"] < LEAST_SPREAD
    assert np.isnan(row["r"])


def test_a_movement_that_is_gone_counts_as_zero():
    assert found(series(AU12=wave()), series(AU12=np.ones(FRAMES))).loc["AU12", "r"] == 0


def test_a_probability_is_judged_on_its_own_scale():
    swing = 0.3 + 0.1 * np.sin(np.arange(FRAMES))
    row = found(series(emotion_happy=swing), series(emotion_happy=swing)).loc["emotion_happy"]
    assert row["kind"] == "emotion" and row["r"] == pytest.approx(1)


def test_lost_faces_are_counted_and_not_compared():
    coded = series(AU12=wave() + 1)
    coded.loc[:9, [*UNITS, *EMOTIONS]] = np.nan
    coded.loc[:9, "success"] = False
    reference = series(AU12=wave())
    reference.loc[5:14, [*UNITS, *EMOTIONS]] = np.nan
    reference.loc[5:14, "success"] = False
    coded = coded.assign(setting=1.0, file_bytes=np.where(reference["success"], 100.0, 0.0))
    coded["payload_bytes"] = np.nan
    rows = clip_drift("a", reference, 25.0, Method("jpeg", "jpeg", (1.0,)), coded)
    row = rows.set_index("measure").loc["AU12"]
    assert (row["frames"], row["faces"], row["lost"]) == (40, 30, 5)
    assert row["change"] == pytest.approx(1)
    assert row["bits_per_face"] == 800
    assert row["bits_per_second"] == pytest.approx(800 * 25 * 30 / 40)


def drifted(*points, name="jpeg", lost=0) -> pd.DataFrame:
    rows = [
        {"clip": "a", "name": name, "setting": bits, "bits_per_face": bits, "faces": 100,
         "bits_per_second": 25 * bits, "lost": lost, "measure": unit, "r": r}
        for bits, values in points for unit, r in values.items()
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_the_headline_is_the_last_rate_before_a_validated_unit_falls():
    rows = drifted(
        (100.0, {"AU12": 0.95, "AU25": 0.5, "AU01": 0.9}),
        (200.0, {"AU12": 0.95, "AU25": 0.92, "AU01": 0.1}),
        (400.0, {"AU12": 0.99, "AU25": 0.99, "AU01": 0.2}),
    )
    (rate,) = lowest_rates(rows, ("AU12", "AU25"))
    assert (rate.setting, rate.bits_per_face, rate.bits_per_second) == (200, 200, 5000)
    assert rate.least_r == pytest.approx(0.92) and "AU25 falls to r = 0.50" in rate.why


def test_a_lucky_lower_rate_does_not_count():
    rows = drifted((100.0, {"AU12": 0.95}), (200.0, {"AU12": 0.8}), (400.0, {"AU12": 0.99}))
    assert lowest_rates(rows, ("AU12",))[0].setting == 400


def test_no_rate_is_named_where_faces_get_lost_or_nothing_can_be_told():
    moving = drifted((100.0, {"AU12": 0.95}), lost=20)
    assert "faces get lost" in lowest_rates(moving, ("AU12",))[0].why
    assert lowest_rates(moving, ())[0].why == "no unit passed validation"
    gone = drifted((100.0, {"AU12": np.nan}), (200.0, {"AU12": 0.95}))
    assert lowest_rates(gone, ("AU12",))[0].why == "below, AU12 can no longer be measured"
    still = drifted((100.0, {"AU12": np.nan}))
    assert lowest_rates(still, ("AU12",))[0].setting is None
