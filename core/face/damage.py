"""Which pictures of a stream hold damage: what is built upon a damaged picture is damaged as well.

Pictures are known by their place in the order of decoding, and by their group: a key picture and all that
follows it there.  Damage reaches from where it is found to the end of its group, and to pictures of the
next group that are shown before its key picture (an open group builds them upon both).
"""

from array import array
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from core.face.bitstream import Bitstream

_FORGIVING = ("hevc", "vp8", "vp9", "av1")
"""Codecs whose decoders take most damage for pictures: a complaint tells that, but not since when."""

_MOST_GROUPS = 256
"""Groups, and pictures that nothing is built upon, that are remembered: more than a decoder holds back."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a picture stands; ``leading``: shown before the key picture of its group; ``reference``:
    others may be built upon it.
    """

    number: int
    group: int
    leading: bool = False
    reference: bool = True


class Damage:
    """Follows the packets of one stream and remembers how far damage reaches."""

    def __init__(self, codec: str, extradata: bytes | None) -> None:
        self._bitstream = Bitstream(codec, extradata)
        self._forgiving = codec in _FORGIVING
        self._place = Place(-1, 0)
        self._key_time: int | None = None
        self._refreshing: int | None = None
        self._spoilt: dict[int, int] = {}
        self._alone: deque[int] = deque(maxlen=_MOST_GROUPS)
        self._shown = array("q")  # places of the frames of a group, which come one after the other
        self._shown_group = self._shown_first = 0
        self.doubtful: set[int] = set()
        """Frames, by their number from 0, that were taken for whole before damage in them was found."""

    def enter(self, packet) -> Place:
        """The place of the next packet; what its bytes tell of damage is noted."""
        facts = self._bitstream.read(bytes(packet))
        key = packet.is_keyframe
        if facts.recovers_after:
            key, self._refreshing = False, facts.recovers_after
        elif self._refreshing is not None and facts.reference:
            self._refreshing -= 1
            if self._refreshing <= 0:
                key, self._refreshing = True, None
        group = self._place.group + key
        if key:
            self._key_time = packet.pts
        times = packet.pts is not None and self._key_time is not None
        leading = times and packet.pts < self._key_time
        self._place = Place(self._place.number + 1, group, leading, facts.reference)
        if facts.gap and key:  # what was lost belongs to the group before
            self._spoil(group - 1, self._place.number)
        elif facts.gap:
            self._spoil(group, self._place.number)
        elif facts.spoilt or packet.is_corrupt:
            self._spoil_from(self._place)
        return self._place

    def complained(self, *, exact: bool) -> None:
        """The decoder complained of the packet just entered; ``exact``: none before it is damaged."""
        if self._forgiving and not exact:
            self._spoil(self._place.group, 0)
        else:
            self._spoil_from(self._place)

    def shown(self, number: int, place: Place | None, *, patched: bool) -> bool:
        """Whether frame ``number``, which comes out of the decoder now, holds damage.

        ``patched``: the decoder says of this frame that it made up a part of it.
        """
        place = place or self._place
        if patched:
            self._spoil_from(place)
        if place.group != self._shown_group:
            self._shown, self._shown_group, self._shown_first = array("q"), place.group, number
        self._shown.append(place.number)
        before = place.leading and place.group - 1 in self._spoilt
        whole = self._spoilt.get(place.group, place.number + 1) > place.number
        return before or not whole or place.number in self._alone

    def _spoil_from(self, place: Place) -> None:
        """Damage in a picture, and in what is built upon it."""
        if place.reference:
            self._spoil(place.group, place.number)
            return
        self._alone.append(place.number)
        self._doubt(lambda number: number == place.number)

    def _spoil(self, group: int, begins: int) -> None:
        """Damage in a group, from a place on; frames of it that came out already become doubtful."""
        begins = min(begins, self._spoilt.get(group, begins))
        self._spoilt[group] = begins
        if len(self._spoilt) > _MOST_GROUPS:
            self._spoilt.pop(next(iter(self._spoilt)))
        if group == self._shown_group:
            self._doubt(lambda number: number >= begins)

    def _doubt(self, damaged: Callable[[int], bool]) -> None:
        """Call frames doubtful that came out already and whose place is ``damaged``."""
        shown = enumerate(self._shown, self._shown_first)
        self.doubtful |= {number for number, place in shown if damaged(place)}
