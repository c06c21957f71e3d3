"""Many pictures in one file."""

import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import core.codec
from core.codec import many as container
from core.codec.collection import encode_many, open_many
from core.codec.file_format import encode, inspect
from core.codec.many import Stored, bytes_in_many, pack_many, read_many
from core.errors import InputError

pytestmark = pytest.mark.usefixtures("checkpoint_folder")
GENERATED = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
FLAT = np.full((64, 64, 3), (20, 60, 200), np.uint8)


@pytest.fixture(scope="module")
def codec(shelf):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPRESSRATE_CHECKPOINTS", str(shelf))
        return core.codec.load()


@pytest.fixture(scope="module")
def faces(picture):
    """Five pictures of one size that differ."""
    rng = np.random.default_rng(0)
    return [np.roll(picture, rng.integers(64), axis=1) for _ in range(5)]


@pytest.fixture(scope="module")
def file(codec, faces):
    return encode_many(codec, faces, 0.3)


def test_each_picture_is_what_its_own_file_holds(codec, faces, file):
    collection = open_many(file)
    assert len(collection) == 5 and collection.names == ()
    for place, face in enumerate(faces):
        alone = codec.decode(codec.encode(face, 0.3))
        assert np.array_equal(collection[place], alone)
    with pytest.raises(IndexError):
        collection[5]


def test_one_picture_is_read_without_the_others(file, monkeypatch):
    collection = open_many(file)
    read, original = [], container.read_payload

    def overheard(codec, content, *rest):
        read.append(content)
        return original(codec, content, *rest)

    monkeypatch.setattr(container, "read_payload", overheard)
    collection[3]
    assert read == [collection.many.pictures[3].content]


@pytest.mark.parametrize("quality", [0.0, 0.2, 0.4, 1.0])
def test_64_faces_of_one_size_cost_at_most_two_bytes_each_beyond_their_streams(
    codec, picture, quality
):
    faces = [np.roll(picture, i, axis=1) // (1 + i % 3) for i in range(64)]
    many = read_many(encode_many(codec, faces, quality))
    assert many.file_bytes - many.payload_bytes <= 2 * 64
    assert {inspect(codec.encode(face, quality)).payload_bytes for face in faces[:3]} == {
        len(stored.content) for stored in many.pictures[:3]
    }


@GENERATED
@given(st.lists(st.integers(1, 900), min_size=64, max_size=64), st.integers(0, 255))
def test_lengths_of_any_kind_below_a_kilobyte_keep_the_two_bytes(lengths, quality_index):
    stored = [Stored(bytes([1]) * length, quality_index, 64, 64, 0) for length in lengths]
    file = pack_many("aa" * 32, stored)
    assert len(file) - sum(lengths) <= 128
    assert bytes_in_many(lengths, 64, 64).sum() == pytest.approx(len(file))


@st.composite
def stored_pictures(draw):
    """Pictures of any lengths, sizes, qualities and checks; they share some."""
    side = st.integers(16, 4096)
    sizes = draw(st.lists(st.tuples(side, side), min_size=1, max_size=3))
    qualities = draw(st.lists(st.integers(0, 255) | st.none(), min_size=1, max_size=3))
    length = st.integers(0, draw(st.sampled_from([0, 3, 70, 5000])))
    return draw(
        st.lists(
            st.builds(
                lambda n, q, size, check: Stored(b"\x05" * n, q, *size, check),
                length, st.sampled_from(qualities), st.sampled_from(sizes), st.integers(0, 2**32 - 1),
            ),
            min_size=1, max_size=40,
        )
    )  # fmt: skip


@GENERATED
@given(stored_pictures(), st.booleans())
def test_everything_that_is_stored_comes_back(pictures, named):
    names = [f"face {i}, né" for i in range(len(pictures))] if named else []
    many = read_many(pack_many("abcd" * 16, pictures, names))
    assert many.intact and many.names == tuple(names) and many.fingerprint == "abcd"
    mask = (1 << many.check_bits) - 1
    assert [(p.content, p.quality_index, p.height, p.width, p.check) for p in many.pictures] == [
        (p.content, p.quality_index, p.height, p.width, p.check & mask) for p in pictures
    ]


# -- damage ---------------------------------------------------------------------------------------


@GENERATED
@given(st.data())
def test_a_flipped_byte_is_refused_or_names_the_picture(file, faces, data):
    place = data.draw(st.integers(0, len(file) - 1))
    damaged = bytearray(file)
    damaged[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(InputError):
        open_many(bytes(damaged))


@GENERATED
@given(st.data())
def test_a_truncated_file_is_refused(file, data):
    with pytest.raises(InputError):
        open_many(file[: data.draw(st.integers(0, len(file) - 1))])


@GENERATED
@given(tail=st.binary(min_size=1, max_size=20))
def test_appended_bytes_are_refused(file, tail):
    with pytest.raises(InputError):
        open_many(file + tail)


@GENERATED
@given(content=st.binary(max_size=300))
def test_any_bytes_are_refused(content):
    for attempt in (content, b"\xfa" + content):
        with pytest.raises(InputError):
            open_many(attempt)


@GENERATED
@given(st.data())
def test_a_forger_who_makes_both_checksums_right_gets_pictures_of_the_claimed_size_or_nothing(
    file, data
):
    many = read_many(file)
    start = len(file) - many.payload_bytes - -(-5 * _entry_bits(many) // 8)
    forged = bytearray(file)
    forged[data.draw(st.integers(0, len(file) - 1))] ^= data.draw(st.integers(1, 255))
    head, index = bytes(forged[: start - 6]), bytes(forged[start : len(file) - many.payload_bytes])
    guarded = head + container._index_check(head + index)
    tail = bytes(forged[start:])
    forged = guarded + zlib.crc32(guarded + tail).to_bytes(4, "big") + tail
    try:
        collection = open_many(forged)
        for place in range(min(2, len(collection))):
            stored = collection.many.pictures[place]
            if stored.height * stored.width < 2**16:
                assert collection[place].shape == (stored.height, stored.width, 3)
    except InputError:
        return


def _entry_bits(many) -> int:
    spread = max(len(p.content) for p in many.pictures) - min(len(p.content) for p in many.pictures)
    return spread.bit_length() + many.check_bits


def damage(file: bytes, place: int) -> bytes:
    """The file with the stream of one picture changed in its middle."""
    many = read_many(file)
    start = len(file) - many.payload_bytes + sum(len(p.content) for p in many.pictures[:place])
    at = start + len(many.pictures[place].content) // 2
    return file[:at] + bytes([file[at] ^ 0x55]) + file[at + 1 :]


def test_a_damaged_picture_is_named_and_the_others_still_decode(codec, faces):
    file = encode_many(codec, faces, 0.3, names=["ann", "bo", "cy", "dee", "ed"])
    damaged = damage(file, 2)
    with pytest.raises(InputError, match=r"Picture 3 \(cy\)"):
        open_many(damaged)
    collection, whole = open_many(damaged, keep_going=True), open_many(file)
    with pytest.raises(InputError, match=r"Picture 3 \(cy\).*damaged"):
        collection[2]
    for place in (0, 1, 3, 4):
        assert np.array_equal(collection[place], whole[place])


def test_a_picture_that_decodes_to_other_symbols_is_named(file, monkeypatch):
    from core.codec.agreement import Agreement

    collection = open_many(file)
    right = Agreement.spread

    def off_by_one(self, z, quality_indices, each=None):
        spreads = right(self, z, quality_indices, each)
        spreads[0].levels[0, 0, 0] += 1
        return spreads

    monkeypatch.setattr(Agreement, "spread", off_by_one)
    refused = 0
    for place in range(len(collection)):
        try:
            collection[place]
        except InputError as error:
            refused += "Picture" in str(error)
    assert refused == len(collection)


def test_pictures_that_change_places_are_refused(codec, faces):
    stored = read_many(encode_many(codec, [faces[0], faces[0]], 0.3)).pictures
    assert stored[0].content == stored[1].content and stored[0].check != stored[1].check
    swapped = pack_many(codec.fingerprint, stored[::-1])
    with pytest.raises(InputError, match="Picture 1"):
        open_many(swapped)[0]


def test_a_claim_of_a_huge_picture_is_refused_before_it_is_decoded(codec):
    file = pack_many(codec.fingerprint, [Stored(b"\x05" * 20, 128, 4096, 4096, 0)])
    with pytest.raises(InputError, match="cannot hold"):
        open_many(file)[0]


def test_another_checkpoints_file_is_read_with_that_checkpoint(other, faces):
    from core.codec import load

    file = encode_many(load("other"), faces[:2], 0.3)
    assert open_many(file).codec.id == "other"


def test_one_pictures_file_and_many_are_told_apart(codec, file, picture):
    with pytest.raises(InputError, match="many pictures"):
        codec.decode(file)
    with pytest.raises(InputError, match="one picture"):
        open_many(codec.encode(picture))


# -- sizes, qualities, rates, names ---------------------------------------------------------------


def test_pictures_of_several_sizes_and_without_loss_share_a_file(codec, picture_of):
    pictures = [
        picture_of(64, 64),
        picture_of(17, 33),
        np.tile(FLAT, (4, 4, 1)),
        picture_of(100, 48),
    ]
    collection = open_many(encode_many(codec, pictures, 1.0))
    assert [stored.quality_index for stored in collection.many.pictures] == [255, 255, None, 255]
    assert [picture.shape for picture in collection] == [picture.shape for picture in pictures]
    assert np.array_equal(collection[2], pictures[2])


def test_a_target_rate_holds_for_the_whole_file(codec, faces):
    pixels = 5 * 4096
    target = 8 * len(encode_many(codec, faces, 0.4)) / pixels
    file = encode_many(codec, faces, target_bpp=target)
    assert 8 * len(file) / pixels <= target
    index = read_many(file).pictures[0].quality_index
    assert 8 * len(encode_many(codec, faces, (index + 1) / 255)) / pixels > target
    with pytest.raises(InputError, match="at least"):
        encode_many(codec, faces, target_bpp=0.001)


@pytest.mark.parametrize("name", ["", "..", "a/b", "a\\b", "new\nline", "c:d", "x" * 300, "same"])
def test_names_that_are_no_file_names_are_refused(codec, faces, name):
    with pytest.raises(InputError, match="name"):
        encode_many(codec, faces[:2], 0.1, names=["same", name])


def test_names_of_a_forged_file_are_refused():
    stored = [Stored(b"\x05" * 9, 10, 64, 64, 0)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(container, "_check_names", lambda *_: None)
        escaping = pack_many("aa" * 32, stored, ["../../home"])
        bomb = pack_many("aa" * 32, stored, ["a" * 10**6])
    for file in (escaping, bomb):
        with pytest.raises(InputError, match="forged"):
            read_many(file)


def test_no_picture_and_too_many_are_refused(codec):
    with pytest.raises(InputError, match="no picture"):
        encode_many(codec, [])
    with pytest.raises(InputError, match="65,536"):
        pack_many("aa" * 32, [Stored(b"", 0, 64, 64, 0)] * (2**16 + 1))


def test_the_last_shared_file_is_filled_up_from_the_beginning():
    lengths = np.arange(20, 90)
    costs = bytes_in_many(lengths, 64, 64)
    overhead = costs - lengths
    assert len(set(overhead[:64].round(9))) == 1 and len(set(overhead[64:].round(9))) == 1
    filled = pack_many(
        "aa" * 32, [Stored(b"\5" * n, 9, 64, 64, 0) for n in [*lengths[64:], *lengths[:58]]]
    )
    assert overhead[64] * 64 == pytest.approx(len(filled) - sum([*lengths[64:], *lengths[:58]]))


def test_a_single_face_alone_costs_its_own_file(baseline, picture):
    alone = encode(*baseline, picture, 100)
    assert bytes_in_many([alone.payload_bytes] * 64, 64, 64)[0] <= alone.file_bytes - 8


def test_a_file_holds_as_many_pictures_as_its_counter_can_tell_and_not_one_more(monkeypatch):
    monkeypatch.setattr(container, "MOST", 3)
    stored = Stored(b"x", 100, 64, 64, 0)
    assert len(read_many(pack_many("0" * 64, [stored] * 3)).pictures) == 3
    with pytest.raises(InputError, match="1 to 3 pictures, not 4"):
        pack_many("0" * 64, [stored] * 4)
