"""What the packets of a stream tell about the frames that come out of them: their time, and whether the
decoder had to patch the picture.

A decoder gives back frames later than it was fed, in another order, and never says that it guessed a
part of a picture; it only writes to FFmpeg's log.  So every packet leaves a note here under its
timestamp, and the frame that carries the same timestamp takes it up.
"""

import heapq
import logging
import re
from dataclasses import dataclass

_MOST_WAITING = 64
"""Notes that wait for a frame; packets that never gave one are forgotten, oldest first."""


_HARMLESS = re.compile(r"mmco|\bSEI\b|number of reference frames|user data", re.IGNORECASE)
"""Errors in what accompanies pictures or in their housekeeping; the pictures themselves are whole."""


@dataclass(frozen=True, slots=True)
class Note:
    """What is known of a frame: its timestamp in the stream's units, None if none; whether the
    decoder reported an error in it or in what it builds upon.
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
        self._notes: dict[int, Note] = {}
        self._patched = False
        self.failed = self.hidden = 0

    def decode(self, packet) -> list:
        """The frames that a packet sets free; counts it if it fails, or if an edit list hides it."""
        if packet.is_discard:
            self.hidden += 1
        stamp = self._stamp(packet)
        if packet.is_keyframe:
            self._patched = False
        frames = []
        with self._capture() as log:
            try:
                frames = packet.decode()
            except self._errors:
                self.failed += 1
                stamp, self._patched = None, True
        self._patched |= any(not _HARMLESS.search(message) for _, _, message in log)
        if self.reorders_slots and stamp is not None:
            heapq.heappush(self._free, stamp)
        if packet.pts is not None:
            self._notes[packet.pts] = Note(stamp, self._patched)
            while len(self._notes) > _MOST_WAITING:
                self._notes.pop(next(iter(self._notes)))
        return frames

    def of(self, frame) -> Note:
        """The note on a decoded frame, to be asked for once, in the order in which frames come."""
        note = self._notes.pop(frame.pts, None)
        if note is None:
            return Note(frame.pts, self._patched or frame.is_corrupt)
        stamp = heapq.heappop(self._free) if self.reorders_slots and self._free else note.stamp
        return Note(stamp, note.patched or frame.is_corrupt)

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
