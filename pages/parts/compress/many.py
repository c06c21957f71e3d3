"""A whole folder in, a ZIP out: files, decoded pictures and a table; who cannot be read is named."""

from functools import partial

import streamlit as st

from core import formatting
from core.evaluation.measuring.batch import Batch, Given, store_all
from core.evaluation.measuring.versions import Version
from pages.parts.compress import settings
from pages.parts.compress.pictures import KINDS
from pages.parts.shared import jobs, keeping
from pages.parts.shared.words import plain

_KEY = "compress_many"


def offer(version: Version) -> None:
    """The uploader, the button, the progress, and what came of it; ``version`` is the right side's."""
    wanted = st.toggle(
        "A whole folder at once", key=f"{_KEY}_open",
        help="Many pictures in, a ZIP with files, decoded pictures and a table out.",
    )  # fmt: skip
    if not wanted:
        return
    with st.container(border=True):
        st.markdown(
            "Every picture is stored as the right side is, at its quality, decoded and read: a ZIP with "
            "the files, the decoded pictures and a table."
        )
        brought = st.file_uploader(
            "Pictures", KINDS, accept_multiple_files=True, key=f"{_KEY}_widget",
            help="Choose many, or drop a folder. They stay on this machine and go with this visit.",
        )  # fmt: skip
        earlier = keeping.things().get(_KEY)
        st.button(
            f"Store {formatting.number(len(brought))} pictures as {version.title}", key=f"{_KEY}_start",
            icon=":material/play_arrow:", on_click=_start, args=(brought, version),
            disabled=not brought or (earlier is not None and earlier.running),
            help="At the quality where the right side's slider was let go.",
        )  # fmt: skip
        if earlier is None:
            return
        jobs.show_job(earlier, _KEY)
        if isinstance(earlier.result, Batch):
            _show_batch(earlier.result)


def _start(brought: list, version: Version) -> None:
    given = [Given(each.name, each.getvalue()) for each in brought]
    work = partial(store_all, given, version, settings.current()["quality"])
    keeping.things()[_KEY] = jobs.start(work)


def _show_batch(batch: Batch) -> None:
    st.success(f"{batch.stored} stored.", icon=":material/check:")
    for problem in batch.problems:
        st.warning(plain(problem), icon=":material/broken_image:")
    st.download_button(
        f"All of it as ZIP ({len(batch.content) / 1e6:.1f} MB)", batch.content, "expressrate-pictures.zip",
        "application/zip", icon=":material/download:", key=f"{_KEY}_zip", on_click="ignore",
        help="stored/ holds the files, decoded/ what they give back as PNG, table.csv a row a picture.",
    )  # fmt: skip
