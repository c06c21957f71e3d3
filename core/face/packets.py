"""What the packets of a stream tell about the frames that come out of them: their time, and whether the
picture is what was recorded.

A decoder gives back frames later than it was fed, in another order, and rarely says that it guessed a
part of a picture; much of it only goes to FFmpeg's log.  So every packet leaves a note here under its
timestamp, and the frame that carries the same timestamp takes it up.

What is noticed, until the next key picture:

===========================  ======================================================================
the decoder complains        any codec: FFmpeg's log, a packet that it refuses, a picture that it patches
a packet was lost            H.264: a gap in the pictures' numbers; HEVC: a picture to build upon is
                             missing; MPEG-TS: a gap in the packets' counters
bytes were never written     H.264 and HEVC: patterns that no encoder writes (zeros); else by complaint
bits were changed            H.264: mostly, by the decoder's complaint; HEVC: seldom, unless the
                             file holds check sums of its pictures, which are compared then
===========================  ======================================================================

What cannot be seen: changed bits that decode to some picture all the same (the rule in HEVC, VP8, VP9 and
AV1, the exception in H.264), and packets of VP8, VP9, AV1 or Motion JPEG that are not there: they leave
a gap between the times, as a camera's pause does.  Where a decoder complains that takes most damage for
pictures, all since the last key picture is doubtful (see ``damage``).
"""

import heapq
import logging
import re
from dataclasses import dataclass

from core.face.damage import Damage, Place

_MOST_WAITING = 64
"""Notes that wait for a frame; packets that never gave one are forgotten, oldest first."""


_HARMLESS = re.compile(r"mmco|\bSEI\b|number of reference frames|user data", re.IGNORECASE)
"""Errors in what accompanies pictures or in their housekeeping; the pictures themselves are whole."""


_LOST = re.compile(r"could not find ref|missing reference", re.IGNORECASE)
_CHECKED = re.compile(r"mismatching checksum", re.IGNORECASE)
"""Complaints of a lost packet, and of a picture that differs from its check sum: none before is damaged."""


@dataclass(frozen=True, slots=True)
class Note:
    """What is known of a frame: its timestamp in the stream's units, None if none; whether the picture
    or one that it builds upon is known to be damaged.
    """

    stamp: int | None
    patched: bool


class PacketNotes:
    """Decodes packets and keeps notes on them, for one stream read from front to back.

    AVI has no times of presentation: its packets are numbered slots, which FFmpeg counts wrongly
    after a hole, while the index at the end of the file has them right; and where frames are
    reordered, the slots belong to the frames in the order in which they are shown.
    """

    def __init__(self, container, stream) -> None:
        av = _av()
        self._capture, self._errors = av.logging.Capture, av.error.FFmpegError
        avi = container.format.name == "avi"
        self._slots = {entry.pos: entry.timestamp for entry in stream.index_entries} if avi else {}
        self.reorders_slots = avi and bool(stream.codec_context.has_b_frames)
        self._free: list[int] = []
        self._notes: dict[int, tuple[int | None, Place]] = {}
        self._damage = Damage(stream.codec_context.name, stream.codec_context.extradata)
        self._frames = 0
        self.failed = self.hidden = 0

    def decode(self, packet) -> list:
        """The frames that a packet sets free; counts it if it fails, or if an edit list hides it."""
        if packet.is_discard:
            self.hidden += 1
        stamp = self._stamp(packet)
        place = self._damage.enter(packet)
        frames, refused = [], False
        with self._capture() as log:
            try:
                frames = packet.decode()
            except self._errors:
                self.failed += 1
                stamp = None
                refused = True
        complaints = [message for _, _, message in log if not _HARMLESS.search(message)]
        if complaints or refused:
            lost = bool(complaints) and all(map(_LOST.search, complaints))
            self._damage.complained(exact=lost or any(map(_CHECKED.search, complaints)))
        if self.reorders_slots and stamp is not None:
            heapq.heappush(self._free, stamp)
        if packet.pts is not None:
            self._notes[packet.pts] = stamp, place
            while len(self._notes) > _MOST_WAITING:
                self._notes.pop(next(iter(self._notes)))
        return frames

    def of(self, frame) -> Note:
        """The note on a decoded frame, to be asked for once, in the order in which frames come."""
        stamp, place = self._notes.pop(frame.pts, (frame.pts, None))
        if place is not None and self.reorders_slots and self._free:
            stamp = heapq.heappop(self._free)
        patched = self._damage.shown(self._frames, place, patched=frame.is_corrupt)
        self._frames += 1
        return Note(stamp, patched)

    @property
    def doubtful(self) -> set[int]:
        """Numbers of frames, from 0, whose notes called them whole before damage in them was found."""
        return self._damage.doubtful

    def _stamp(self, packet) -> int | None:
        """A packet's timestamp, in AVI the slot that the index gives it."""
        if packet.pos is not None and self._slots:
            chunk = packet.pos - 8  # the index names the header before the content
            return self._slots.get(chunk, self._slots.get(packet.pos, packet.pts))
        return packet.pts


def _av():
    """PyAV, its errors reported to whoever decodes and to nobody else.

    Repeated messages count too: every picture with the same fault is a faulty picture.
    """
    import av

    if av.logging.get_level() is None or av.logging.get_level() < av.logging.ERROR:
        av.logging.set_level(av.logging.ERROR)
    av.logging.set_skip_repeated(False)
    logger = logging.getLogger("libav")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    return av
