"""Odd but ordinary videos: the right pictures at the right times, and what is not right is told."""

from fractions import Fraction

import av
import numpy as np
import pytest

from core.errors import InputError
from core.face.video import open_video, read_frame
from tests.core.face.film import film
from tests.core.face.twins import (
    RATE,
    encode,
    jpeg_with_exif,
    moving,
    number_of,
    still_packets,
    two_sizes,
    two_streams,
)


def read(path):
    with open_video(path) as video:
        return list(video), video


def numbers(frames) -> list[int]:
    return [number_of(frame.picture) for frame in frames]


def times(frames) -> list[float]:
    return [round(frame.time, 3) for frame in frames]


def in_order(count: int, first: float = 0.0) -> list[float]:
    return [round(first + number / RATE, 3) for number in range(count)]


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv", "flv", "ts", "mts", "3gp", "avi"])
def test_reordered_frames_come_at_the_times_of_ffmpegs_own_list(tmp_path, suffix):
    path = encode(tmp_path / f"clip.{suffix}", moving(40))
    frames, video = read(path)
    assert numbers(frames) == list(range(40))
    assert np.allclose([frame.time for frame in frames], in_order(40), atol=0.0011)
    assert video.facts.expected in (None, 40)
    if suffix != "avi":  # FFmpeg's times of reordered AVI run backwards
        with av.open(str(path)) as container:
            listed = [float(frame.time) for frame in container.decode(video=0)]
        assert np.allclose(np.array(listed) - listed[0], times(frames), atol=0.0011)


def test_an_elementary_stream_without_times_is_read_in_order(tmp_path):
    frames, _ = read(encode(tmp_path / "clip.h264", moving(20)))
    assert numbers(frames) == list(range(20))
    assert np.allclose(np.diff(times(frames)), 1 / RATE, atol=0.002)


@pytest.mark.parametrize(("aspect", "shape"), [((4, 3), (96, 171)), ((1, 2), (192, 128))])
def test_pixels_that_are_not_square_are_made_square(tmp_path, aspect, shape):
    frames, video = read(encode(tmp_path / "clip.mp4", moving(4), aspect=Fraction(*aspect)))
    assert frames[0].picture.shape[:2] == shape == (video.facts.height, video.facts.width)
    assert video.facts.aspect == pytest.approx(aspect[0] / aspect[1])
    np.testing.assert_array_equal(read_frame(tmp_path / "clip.mp4", 0.04), frames[1].picture)


GOP = {
    "libx264": {"preset": "ultrafast", "g": "24", "threads": "1", "bf": "0"},
    "libx265": {
        "preset": "ultrafast",
        "x265-params": "log-level=none:pools=none:frame-threads=1:keyint=24:bframes=0",
    },
}
"""A key frame every 24 frames, nothing reordered."""


def spoilt_bits(number: int, content: bytes) -> bytes:
    """Packet 12 with its bits inverted."""
    return content if number != 12 else content[:24] + bytes(255 - byte for byte in content[24:])


def lost(number: int, content: bytes) -> bytes | None:
    """Packet 12 is not there."""
    return None if number == 12 else content


@pytest.mark.parametrize(
    ("codec", "change", "patched", "absent"),
    [("libx264", spoilt_bits, 12, 0), ("libx265", lost, 0, 12)],
)
def test_until_the_next_key_frame_patched_pictures_are_marked_or_absent(
    tmp_path, codec, change, patched, absent
):
    noise = np.random.default_rng(1).integers(0, 60, (48, 96, 128, 3), dtype=np.uint8)
    pictures = [picture // 2 + grain for picture, grain in zip(moving(), noise, strict=True)]
    given = {"codec": codec, "options": GOP[codec]}
    whole, _ = read(encode(tmp_path / "whole.mp4", pictures, **given))
    frames, _ = read(encode(tmp_path / "spoilt.mp4", pictures, **given, change=change))
    assert not any(frame.damaged for frame in whole)
    assert [frame.number for frame in frames if frame.damaged] == list(range(12, 12 + patched))
    assert len(whole) - len(frames) == absent
    by_time = {round(frame.time, 3): frame.picture for frame in whole}
    for frame in frames:
        if not frame.damaged:
            np.testing.assert_array_equal(frame.picture, by_time[round(frame.time, 3)])


def test_frames_that_an_edit_list_hides_are_hidden_and_not_missing(tmp_path):
    from core.face.ledger import missing_frames

    path = encode(
        tmp_path / "clip.mp4",
        moving(40),
        options={"preset": "ultrafast", "g": "40"},
        first=-0.4,
        container_options={"avoid_negative_ts": "disabled"},
    )
    frames, video = read(path)
    assert numbers(frames) == list(range(10, 40)) and times(frames) == in_order(30)
    assert (video.facts.expected, video.hidden) == (40, 10)
    assert missing_frames(video.facts, 30, video.hidden, False) == 0


def test_times_are_those_of_the_files_clock_where_sound_begins_first(tmp_path):
    frames, video = read(encode(tmp_path / "clip.mp4", moving(10), first=0.52, sound=True))
    assert video.facts.offset == pytest.approx(0.52, abs=0.001)
    assert np.allclose(times(frames), in_order(10, 0.52), atol=0.001)
    picture = read_frame(tmp_path / "clip.mp4", frames[7].time)
    np.testing.assert_array_equal(picture, frames[7].picture)


def test_a_file_that_starts_late_declares_only_what_it_has(tmp_path):
    frames, video = read(encode(tmp_path / "clip.mkv", moving(20), first=3.7))
    assert video.facts.expected == len(frames) == 20 and not video.facts.counted
    assert video.facts.first_timestamp == pytest.approx(3.7, abs=1 / RATE)
    assert np.allclose(times(frames), in_order(20), atol=0.001)


def test_after_a_hole_in_an_avi_times_and_lookup_still_agree(tmp_path):
    path = encode(tmp_path / "clip.avi", moving(30), codec="mjpeg", options={})
    content = bytearray(path.read_bytes())
    starts = [at for at in range(len(content) - 4) if content[at : at + 4] == b"00dc"][:30]
    content[starts[12] : starts[17]] = bytes(starts[17] - starts[12])
    path.write_bytes(content)
    frames, video = read(path)
    after = [frame for frame in frames if number_of(frame.picture) >= 17]
    assert len(frames) < 30 and video.facts.expected == 30 and len(after) == 13
    for frame in after:
        assert frame.time == pytest.approx(number_of(frame.picture) / RATE, abs=0.001)
        np.testing.assert_array_equal(read_frame(path, frame.time), frame.picture)


def test_exif_in_motion_jpeg_is_no_reason_to_give_up(tmp_path):
    contents = [jpeg_with_exif(picture) for picture in moving(6)]
    frames, _ = read(still_packets(tmp_path / "clip.avi", contents, 96, 128))
    assert numbers(frames) == list(range(6))


def test_pictures_that_change_their_size_are_shown_in_the_first_ones(tmp_path):
    path = two_sizes(tmp_path / "clip.webm", moving(10), moving(20, 48, 64)[10:])
    frames, video = read(path)
    assert {frame.picture.shape for frame in frames} == {(96, 128, 3)}
    assert numbers(frames) == list(range(20)) and video.resized == 10


def test_of_two_films_in_a_file_the_large_one_is_read_and_that_is_told(tmp_path):
    path = two_streams(tmp_path / "clip.mkv", moving(5, 48, 64), moving(5))
    frames, video = read(path)
    assert frames[0].picture.shape == (96, 128, 3)
    assert (video.facts.stream, video.facts.streams) == (1, 2)


def test_a_codec_that_nobody_knows_is_told_with_the_way_out(tmp_path):
    path = film(tmp_path / "clip.mov", moving(5))
    path.write_bytes(path.read_bytes().replace(b"avc1", b"brst"))
    with pytest.raises(InputError, match=r"clip.mov is stored by a codec .* ffmpeg -i"):
        read(path)


CASES = {
    # name: first picture of the original, frames, damaged (noticed at once or later), hidden
    "audio_early.mp4": (0, 72, 0, 0),
    "corrupt_hevc.mp4": (0, 72, 72, 0),
    "corrupt_mid.mp4": (0, 72, 60, 0),
    "editlist.mp4": (30, 42, 0, 30),
    "f.flv": (0, 72, 0, 0),
    "h264_b.avi": (0, 72, 0, 0),
    "latestart.mkv": (0, 72, 0, 0),
    "reschange.webm": (0, 72, 0, 0),
    "sar_4_3.mp4": (0, 72, 0, 0),
}


@pytest.mark.parametrize("name", CASES)
def test_the_clips_that_went_wrong_once_show_the_original_pictures(data, name):
    path = data.parent / "cases" / "video" / name
    if not path.is_file():
        pytest.skip("the cases are not here")
    begin, count, damaged, hidden = CASES[name]
    original, _ = read(data / "video" / "single_face.mp4")
    frames, video = read(path)
    marked = video.doubtful | {frame.number for frame in frames if frame.damaged}
    assert (len(frames), len(marked)) == (count, damaged)
    assert video.hidden == hidden
    assert (np.diff([frame.time for frame in frames]) > 0).all()
    for frame in frames:
        if frame.number not in marked:
            same = original[begin + frame.number].picture[::4, ::4].astype(float)
            assert ((same - frame.picture[::4, ::4]) ** 2).mean() < 30
