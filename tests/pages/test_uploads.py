"""A large upload lies on the disk until a page asks for it, and is a file like any other."""

import asyncio
import contextlib
import io
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest
from starlette.datastructures import Headers
from starlette.formparsers import MultiPartParser
from streamlit.elements.widgets import file_uploader
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from pages.parts.shared import uploads

LARGE = 3 * 2**20  # three times what the server takes into memory


@pytest.fixture(autouse=True)
def on_disk():
    uploads.keep_on_disk()


def sent(content: bytes):
    """What the server makes of the body that a browser sends for a file, as it is received."""

    async def pieces():
        body = b'--x\r\nContent-Disposition: form-data; name="f"; filename="f.bin"\r\n\r\n'
        body += content + b"\r\n--x--\r\n"
        for start in range(0, len(body), 65536):
            yield body[start : start + 65536]

    async def receive():
        headers = Headers({"content-type": "multipart/form-data; boundary=x"})
        form = await MultiPartParser(headers, pieces()).parse()
        upload = form["f"]
        try:
            return await upload.read()
        finally:
            upload.file.close()  # as the server does

    with ThreadPoolExecutor(1) as other:  # in this thread a browser's loop may be running
        return other.submit(asyncio.run, receive()).result()


def uploaded(content: bytes):
    """The file that a page gets, and the store it lies in."""
    store = MemoryUploadedFileManager("/upload")
    store.add_file(
        "visit", UploadedFileRec("1", "f.bin", "application/octet-stream", sent(content))
    )
    return file_uploader.UploadedFile(store.get_files("visit", ["1"])[0], FileURLs()), store


@pytest.mark.parametrize("size", [0, 1000, LARGE], ids=str)
def test_an_upload_reads_as_a_file_in_memory_does(size):
    content = ((os.urandom(997) + b"\n") * (size // 998 + 1))[:size]
    file, _ = uploaded(content)
    same = io.BytesIO(content)
    assert file.size == size and file.getvalue() == content and bytes(file.getbuffer()) == content
    for call in (
        lambda f: f.read(1500), lambda f: f.tell(), lambda f: f.readline(), lambda f: f.seek(-5, 2),
        lambda f: f.read(), lambda f: f.read(3), lambda f: f.seek(7), lambda f: f.read1(11),
        lambda f: f.seek(2, 1), lambda f: f.readinto(bytearray(9)), lambda f: f.seek(0), lambda f: list(f),
        lambda f: f.seek(0), lambda f: f.readlines(), lambda f: f.tell(),
    ):  # fmt: skip
        assert call(file) == call(same)


def test_a_table_and_an_archive_are_read_from_the_disk():
    import zipfile

    table = pd.DataFrame({"a": range(400_000), "b": 1.5}).to_csv(index=False).encode()
    file, _ = uploaded(table)
    assert len(table) > LARGE and pd.read_csv(file)["a"].sum() == sum(range(400_000))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("t.csv", table)
    file, _ = uploaded(packed.getvalue())
    assert zipfile.ZipFile(file).read("t.csv") == table


def test_only_a_large_upload_lies_on_the_disk():
    assert isinstance(sent(b"x" * 1000), bytes)
    assert isinstance(sent(b"x" * LARGE), uploads.Stored)


def test_a_file_on_the_disk_has_no_name_and_goes_with_the_visit(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    file, store = uploaded(b"x" * LARGE)
    assert not list(tmp_path.iterdir())
    assert len(open_in(tmp_path)) == 1
    store.remove_session_files("visit")
    del file
    assert not open_in(tmp_path)


def open_in(folder) -> list[str]:
    """The files of a folder that this process holds open, also those without a name."""
    held = Path("/proc/self/fd")
    if not held.is_dir():
        pytest.skip("open files are counted in /proc")
    names = []
    for each in held.iterdir():
        with contextlib.suppress(OSError):  # closed meanwhile
            names.append(os.readlink(each))
    return [name for name in names if name.startswith(str(folder))]


def test_two_readers_of_one_upload_do_not_move_each_other():
    _, store = uploaded(b"ab" * LARGE)
    first, second = (
        file_uploader.UploadedFile(store.get_files("visit", ["1"])[0], FileURLs()) for _ in range(2)
    )
    assert first.read(1) == b"a" and second.read(2) == b"ab" and first.read(1) == b"b"
