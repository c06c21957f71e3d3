"""Uploads wait on the disk, not in memory.

Streamlit receives a file in pieces and lays a large one down among the temporary files, but then reads
all of it into memory and holds it there as long as the visit lasts.  Here it stays where it was laid
down: in a file without a name, which is gone as soon as nobody holds it any more, also if the server
is killed.  Pages read it as ever (``read``, ``getvalue``); ``read(n)`` takes n bytes into memory.
"""

import io
import os

from starlette import formparsers
from starlette.datastructures import UploadFile
from streamlit.elements.widgets import audio_input, camera_input, chat, file_uploader
from streamlit.runtime.uploaded_file_manager import UploadedFile

_WIDGETS = (audio_input, camera_input, chat, file_uploader)


def keep_on_disk() -> None:
    """Let this server keep large uploads on the disk; safe to call again."""
    formparsers.UploadFile = _Received
    for widgets in _WIDGETS:
        widgets.UploadedFile = _Uploaded


class Stored:
    """The content of an upload on the disk; of bytes it has the length alone.

    The file is open as long as this object is there.
    """

    def __init__(self, file: int) -> None:
        self._file = os.dup(file)
        self._length = os.fstat(file).st_size

    def __len__(self) -> int:
        return self._length

    def __del__(self) -> None:
        os.close(self._file)

    def part(self, start: int, length: int) -> bytes:
        """Up to so many bytes from a place."""
        return os.pread(self._file, max(0, min(length, self._length - start)), start)


class _Bytes(io.RawIOBase):
    """The content as a file of its own, with a place of its own."""

    def __init__(self, stored: Stored) -> None:
        self._stored, self._place = stored, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, place: int, whence: int = io.SEEK_SET, /) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: len(self._stored)}[whence]
        self._place = max(0, start + place)
        return self._place

    def readinto(self, buffer, /) -> int:
        part = self._stored.part(self._place, len(buffer))
        buffer[: len(part)] = part
        self._place += len(part)
        return len(part)


class _Received(UploadFile):
    """What a browser sends, as the server receives it: a large one is not read into memory."""

    async def read(self, size: int = -1) -> bytes | Stored:
        if size >= 0 or self._in_memory:
            return await super().read(size)
        self.file.flush()
        return Stored(self.file.fileno())


class _Uploaded(UploadedFile):
    """An upload as pages get it; what lies on the disk is read from there, as far as it is asked for."""

    def __init__(self, record, file_urls) -> None:
        stored = record.data if isinstance(record.data, Stored) else None
        super().__init__(record if stored is None else record._replace(data=b""), file_urls)
        self._stored = stored
        if stored is not None:
            self.size = len(stored)
            self._disk = io.BufferedReader(_Bytes(stored))

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(size) if self._stored is None else self._disk.read(size)

    def read1(self, size: int | None = -1, /) -> bytes:
        return super().read1(size) if self._stored is None else self._disk.read1(size or -1)

    def readinto(self, buffer, /) -> int:
        return super().readinto(buffer) if self._stored is None else self._disk.readinto(buffer)

    def readline(self, size: int | None = -1, /) -> bytes:
        return super().readline(size) if self._stored is None else self._disk.readline(size)

    def readlines(self, size: int | None = None, /) -> list[bytes]:
        return super().readlines(size) if self._stored is None else self._disk.readlines(size or -1)

    def __next__(self) -> bytes:
        return super().__next__() if self._stored is None else next(self._disk)

    def seek(self, place: int, whence: int = io.SEEK_SET, /) -> int:
        if self._stored is None:
            return super().seek(place, whence)
        return self._disk.seek(place, whence)

    def tell(self) -> int:
        return super().tell() if self._stored is None else self._disk.tell()

    def getvalue(self) -> bytes:
        return super().getvalue() if self._stored is None else self._stored.part(0, self.size)

    def getbuffer(self) -> memoryview:
        return super().getbuffer() if self._stored is None else memoryview(self.getvalue())
