"""What stands behind a measured video: the ledger of its frames."""

import json

import pandas as pd
import streamlit as st

from core.face.marks import Marks
from pages.parts.shared.evidence import evidence
from pages.parts.shared.words import plain
from pages.parts.video.measuring import Measured


def show_ledger(measured: Measured) -> None:
    """Every frame accounted for, and what the counts mean for the reader."""
    ledger = measured.series.ledger
    cells = st.container(horizontal=True, gap="large")
    cells.metric("Decoded frames", f"{ledger.decoded:,}", width="content")
    cells.metric("Measured", f"{ledger.measured:,}", width="content")
    cells.metric("No face", f"{ledger.no_face:,}", width="content")
    cells.metric("Below the cut-off", f"{ledger.below_cutoff:,}", width="content")
    if ledger.patched:
        cells.metric("Damaged", f"{ledger.patched:,}", width="content")
    cells.metric("Seconds", f"{ledger.duration:.2f}", width="content")
    if ledger.measured:
        cells.metric("Face width", f"{ledger.face_width:.0f} px", width="content")
    if not ledger.measured:
        st.warning(
            f"No face was measured in any of the {ledger.decoded:,} frames. Is there one, does it look "
            "at the camera, and is it wider than a fortieth of the picture? A lower least presence "
            "lets uncertain faces through.",
            icon=":material/face_retouching_off:",
        )
    elif ledger.measured < 3:
        st.info("So short a video has no timeline worth the name; its numbers are below.")
    if ledger.several_faces:
        st.info(
            f"{ledger.several_faces:,} frames show several faces. One is followed: the largest, and "
            "after it was lost the one nearest to where it was last seen. The number of faces is in "
            "the tables.",
            icon=":material/group:",
        )
    if ledger.damaged:
        st.warning(f"{ledger.damaged:,} packets of the file are damaged and were passed over.")
    for remark in ledger.remarks():
        st.info(plain(remark), icon=":material/info:")
    counts = pd.DataFrame(ledger.counts(), columns=["count", "frames", "meaning"])
    counts["frames"] = counts["frames"].map(
        lambda frames: "not declared" if pd.isna(frames) else f"{int(frames):,}"
    )
    evidence(
        f"Every frame is in one of five: {ledger.decoded:,} decoded = {ledger.skipped:,} skipped + "
        f"{ledger.patched:,} damaged + {ledger.no_face:,} without a face + "
        f"{ledger.below_cutoff:,} below the cut-off + {ledger.measured:,} measured. "
        "What was not measured is empty in the tables, never 0.",
        counts,
        "ledger",
        "Ledger of frames",
    )


def ledger_json(measured: Measured, marks: Marks) -> bytes:
    """The ledger as it is stored beside extracted tables, and the marks made by hand."""
    document = {
        "video": measured.clip.name,
        "sha256": measured.clip.digest,
        "clock_offset": measured.series.facts.offset,
        "ledger": measured.series.ledger.as_dict(),
        "marks": marks.as_dict(),
    }
    return (json.dumps(document, indent=1) + "\n").encode()
