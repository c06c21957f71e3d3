"""Damage in a file is marked wherever it can be seen, and nowhere else."""

import av
import numpy as np
import pandas as pd
import pytest

from core.face.bitstream import Bitstream
from core.face.video import Frame, open_video
from tests.core.face.twins import encode, moving

KEY_EVERY = 24
X264 = {"preset": "ultrafast", "g": str(KEY_EVERY), "threads": "1", "crf": "18"}
PLAIN = {**X264, "bf": "0"}
ORDERS = {
    "plain": {},
    "reordered": {"bf": "3", "b-pyramid": "normal", "b_strategy": "0"},
    "open groups": {"bf": "3", "x264-params": "open-gop=1:scenecut=0", "b_strategy": "0"},
    "no key pictures": {"bf": "0", "x264-params": "intra-refresh=1:scenecut=0"},
    "interlaced": {"bf": "0", "x264-params": "interlaced=1"},
    "slices and matrices": {
        "preset": "medium",
        "x264-params": "slices=3:cqm=jvt",
        "profile": "high",
    },
    "many references": {"preset": "slow", "refs": "8"},
    "few bits": {"preset": "veryslow", "crf": "40"},
}


def x265(**options) -> dict:
    given = {"log-level": "none", "pools": "none", "frame-threads": 1, "keyint": KEY_EVERY}
    given |= {"min-keyint": KEY_EVERY, "bframes": 0, "scenecut": 0, **options}
    return {"preset": "ultrafast", "x265-params": ":".join(f"{k}={v}" for k, v in given.items())}


@pytest.fixture(scope="module")
def pictures():
    grain = np.random.default_rng(1).integers(0, 60, (48, 96, 128, 3), dtype=np.uint8)
    return [picture // 2 + noise for picture, noise in zip(moving(), grain, strict=True)]


def read(path):
    """Time in frames -> picture and whether it is marked, at once or later."""
    with open_video(path) as video:
        frames = list(video)
    marked = video.doubtful | {frame.number for frame in frames if frame.damaged}
    return {round(25 * frame.time): (frame.picture, frame.number in marked) for frame in frames}


def spoilt(whole, damaged) -> tuple[set[int], set[int], set[int]]:
    """Times of the frames that differ from those of the whole film, that are marked, that are absent."""
    differ = {time for time, (each, _) in damaged.items() if (each != whole[time][0]).any()}
    return differ, {time for time, (_, mark) in damaged.items() if mark}, set(whole) - set(damaged)


WHOLE = [(order, suffix) for order in ORDERS for suffix in ("mp4", "h264", "ts")]


@pytest.mark.parametrize(("order", "suffix"), [*WHOLE, ("plain", "avi")])
def test_a_whole_film_has_no_mark(tmp_path, pictures, order, suffix):
    path = encode(tmp_path / f"clip.{suffix}", pictures, options=X264 | ORDERS[order])
    with open_video(path) as video:
        assert not any(frame.damaged for frame in video) and not video.doubtful


@pytest.mark.parametrize("number", [1, 7, 22, 23])
@pytest.mark.parametrize("suffix", ["mp4", "mkv", "flv", "avi"])
def test_after_a_lost_picture_all_are_marked_until_the_next_key(tmp_path, pictures, suffix, number):
    given = {"options": PLAIN}
    whole = read(encode(tmp_path / f"whole.{suffix}", pictures, **given))
    lost = encode(
        tmp_path / f"lost.{suffix}", pictures, **given,
        change=lambda i, content: None if i == number else content,
    )  # fmt: skip
    differ, marked, absent = spoilt(whole, read(lost))
    assert differ <= marked == set(range(number + 1, KEY_EVERY))
    assert absent == {number} or suffix == "avi"


def test_a_lost_picture_that_nothing_is_built_upon_spoils_nothing(tmp_path, pictures):
    options = X264 | {"bf": "2", "b-pyramid": "none", "b_strategy": "0"}
    free = []

    def without_one(number, content):
        if content[4] >> 5 & 3 == 0 and number > 8 and not free:  # nal_ref_idc
            free.append(number)
            return None
        return content

    whole = read(encode(tmp_path / "whole.mp4", pictures, options=options))
    lost = read(encode(tmp_path / "lost.mp4", pictures, options=options, change=without_one))
    differ, marked, absent = spoilt(whole, lost)
    assert free and len(absent) == 1 and not differ and not marked


@pytest.mark.parametrize("order", ["reordered", "open groups"])
def test_where_pictures_are_reordered_what_differs_after_a_loss_is_marked(
    tmp_path, pictures, order
):
    options = X264 | ORDERS[order]
    whole = read(encode(tmp_path / "whole.mp4", pictures, options=options))
    for number in (4, 9, 17, 23):
        lost = encode(
            tmp_path / "lost.mp4", pictures, options=options,
            change=lambda i, content, n=number: None if i == n else content,
        )  # fmt: skip
        differ, marked, _ = spoilt(whole, read(lost))
        assert differ <= marked
        assert not {time for time in marked if time < 1 or time > 40}


def test_without_key_pictures_the_refreshed_ones_end_the_marks(tmp_path, pictures):
    options = X264 | ORDERS["no key pictures"]
    whole = read(encode(tmp_path / "whole.mp4", pictures, options=options))
    lost = encode(
        tmp_path / "lost.mp4", pictures, options=options,
        change=lambda i, content: None if i == 3 else content,
    )  # fmt: skip
    differ, marked, _ = spoilt(whole, read(lost))
    assert differ and differ <= marked and 4 in marked and 47 not in marked


def test_transport_packets_that_are_lost_are_noticed(tmp_path, pictures):
    whole = read(encode(tmp_path / "whole.ts", pictures, options=PLAIN))
    content = (tmp_path / "whole.ts").read_bytes()
    packets = [content[at : at + 188] for at in range(0, len(content), 188)]
    begin = len(packets) // 4
    (tmp_path / "lost.ts").write_bytes(b"".join(packets[:begin] + packets[begin + 3 :]))
    differ, marked, _ = spoilt(whole, read(tmp_path / "lost.ts"))
    assert differ and differ <= marked and max(marked) < KEY_EVERY


CODECS = {
    "libx264": PLAIN,
    "libx264 with arithmetic coding": PLAIN | {"coder": "cabac"},
    "libx265": x265(),
    "libx265 with check sums": x265(hash=1),
}


def packets_of(path) -> list[tuple[int, int]]:
    with av.open(str(path)) as container:
        return [(p.pos, p.size) for p in container.demux(video=0) if p.size]


@pytest.mark.parametrize("codec", CODECS)
def test_a_stretch_of_zeros_is_noticed_in_the_picture_where_it_begins(tmp_path, pictures, codec):
    given = {"codec": codec.split()[0], "options": CODECS[codec]}
    whole = read(encode(tmp_path / "whole.mp4", pictures, **given))
    content = bytearray((tmp_path / "whole.mp4").read_bytes())
    begin, size = packets_of(tmp_path / "whole.mp4")[7]
    content[begin + size // 2 : begin + size + 600] = bytes(size - size // 2 + 600)
    (tmp_path / "spoilt.mp4").write_bytes(content)
    differ, marked, absent = spoilt(whole, read(tmp_path / "spoilt.mp4"))
    assert differ <= marked and 7 in marked | absent
    assert marked | absent >= set(range(7, KEY_EVERY)) and max(marked | absent) < KEY_EVERY


@pytest.mark.parametrize(
    ("codec", "most_unseen"),
    [("libx264 with arithmetic coding", 1), ("libx265 with check sums", 0)],
)
def test_flipped_bits_are_noticed(tmp_path, codec, most_unseen):
    given = {"codec": codec.split()[0], "options": CODECS[codec]}
    whole = read(encode(tmp_path / "whole.mp4", moving(), **given))
    content = (tmp_path / "whole.mp4").read_bytes()
    packets = packets_of(tmp_path / "whole.mp4")
    rng = np.random.default_rng(5)
    wrong = unseen = 0
    for _ in range(16):
        number = int(rng.integers(1, 48))
        begin, size = packets[number]
        flipped = bytearray(content)
        flipped[begin + int(rng.integers(size // 4, 3 * size // 4))] ^= 1 << int(rng.integers(8))
        (tmp_path / "flipped.mp4").write_bytes(flipped)
        differ, marked, _ = spoilt(whole, read(tmp_path / "flipped.mp4"))
        wrong += bool(differ)
        unseen += not differ <= marked
        assert not any(time // KEY_EVERY != number // KEY_EVERY for time in marked)
    assert wrong >= 8 and unseen <= most_unseen


def test_where_a_forgiving_decoder_complains_all_since_the_key_picture_is_doubtful(
    tmp_path, pictures, monkeypatch
):
    path = encode(tmp_path / "whole.mp4", pictures, codec="libx265", options=x265())
    with open_video(path) as video:
        frames = iter(video)
        seen = [next(frames) for _ in range(35)]
        video._notes._damage.complained(exact=False)
        late = list(frames)
    assert not any(frame.damaged for frame in seen)
    assert video.doubtful >= set(range(KEY_EVERY, 35))
    assert not video.doubtful & set(range(KEY_EVERY))
    assert all(frame.damaged or frame.number in video.doubtful for frame in late)


def test_frames_that_turn_out_damaged_are_taken_back(landmarker, portrait_of_a_man):
    from core.face.series import Rows
    from core.face.tracking import FaceTracker

    tracker = FaceTracker(landmarker)
    with Rows(emotions=False) as rows:
        for number in range(3):
            rows.add(Frame(number, number / 25, portrait_of_a_man), tracker, 0.5)
        before, after = rows.table(), rows.table({1})
    assert before["success"].all() and not before["damaged"].any()
    assert after["success"].tolist() == [True, False, True]
    assert after["damaged"].tolist() == [False, True, False]
    assert after.loc[1, "track":].isna().all() and after.loc[1, "confidence"] == 0
    pd.testing.assert_frame_equal(after.drop(index=1), before.drop(index=1), check_dtype=False)


def test_bytes_that_are_no_stream_are_passed_over():
    rng = np.random.default_rng(0)
    for codec in ("h264", "hevc", "vp9"):
        for extradata in (
            None,
            b"",
            b"\1",
            b"\1\x64\0\x1f\xff\xe1\0\4\x67\x64\0\x1f\1\0\1\x68",
            rng.bytes(40),
        ):
            reader = Bitstream(codec, extradata)
            for size in (0, 1, 3, 9, 400):
                reader.read(rng.bytes(size))
                reader.read(b"\0\0\1\x67" + rng.bytes(size))
                reader.read(b"\0\0\0\5\x41" + rng.bytes(size))
