"""Clips of a study and who is seen in them: uploads kept for the visit, labels as a file or typed in."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import streamlit as st

from core.bridge.conclusion import people_of
from core.bridge.work import clip_names
from core.csv_cells import csv
from core.errors import InputError
from core.face.video_files import SUFFIXES
from pages.parts.shared import keeping
from pages.parts.shared.words import plain
from pages.parts.video import opened

_CLIPS, _LABELS, _REFUSED = "study_own_clips", "study_own_labels", "study_refused"


@dataclass(frozen=True, slots=True)
class Labelled:
    """Clips with their label file: ``labels`` is its content, ``name`` what it is called."""

    paths: tuple[Path, ...]
    frames: int
    labels: bytes
    name: str


def choose_labelled() -> Labelled | None:
    """The widgets; None while clips or labels are missing.

    Raises InputError where clips have no label or there are too few people: two groups of two, five in all.
    """
    _upload()
    clips: dict[Path, int] = keeping.things().get(_CLIPS, {})
    if not clips:
        st.info(
            "Give the clips of your study: two groups of at least two people, five people in all. They "
            "stay on this machine and go with the session."
        )
        return None
    named = ", ".join(plain(path.name) for path in list(clips)[:6])
    left, right = st.columns([4, 1], vertical_alignment="center")
    left.markdown(f"**{len(clips)} clips**: {named}{', …' if len(clips) > 6 else ''}")
    right.button(
        "Take them away", key="study_clear", on_click=_clear, icon=":material/delete:",
        help="Forgets these clips and their labels.",
    )  # fmt: skip
    given = keeping.things().get(_LABELS) or _ask_labels(tuple(clips))
    if given is None:
        return None
    name, labels = given
    people = keeping.opened(people_of, list(clip_names(list(clips))), labels, name)
    sizes = pd.Series(people.group).value_counts()
    st.caption(
        "People: "
        + ", ".join(f"{count} in group {plain(name)}" for name, count in sizes.sort_index().items())
    )
    return Labelled(tuple(clips), sum(clips.values()), labels, name)


def _upload() -> None:
    turn = st.session_state.setdefault("study_turn", 0)
    st.file_uploader(
        "Clips of the study", [suffix.lstrip(".") for suffix in SUFFIXES],
        accept_multiple_files=True, key=f"study_clips_{turn}", on_change=_keep, args=(turn,),
        help="One person in each, who faces the camera; a person may have several.",
    )  # fmt: skip
    for said in st.session_state.get(_REFUSED, ()):
        st.error(plain(said), icon=":material/error:")


def _keep(turn: int) -> None:
    """Copy what was uploaded to the visit's folder, and begin the uploader anew."""
    given = st.session_state[f"study_clips_{turn}"]
    if not given:
        return
    clips = dict(keeping.things().get(_CLIPS, {}))
    folder = Path(tempfile.mkdtemp(dir=keeping.folder()))
    refused = []
    for upload in given:
        place = folder / (Path(upload.name).name or "video")
        if place.name in {path.name for path in clips}:
            refused.append(f"{place.name} is here already; the first one stays.")
            continue
        with place.open("wb") as file:
            while piece := upload.read(2**20):
                file.write(piece)
        try:
            clips[place] = keeping.opened(opened.facts_of, place).expected or 0
        except InputError as error:
            place.unlink()
            refused.append(str(error))
        keeping.release(upload)
    st.session_state["study_turn"] = turn + 1
    st.session_state[_REFUSED] = refused
    keeping.things()[_CLIPS] = clips


def _ask_labels(paths: tuple[Path, ...]) -> tuple[str, bytes] | None:
    """A label file, or a table to type groups in."""
    file = st.file_uploader(
        "Labels", ["csv", "tsv", "txt", "xlsx"], key="study_labels",
        help="participant,label as on the Cohort page; a column file tells which clip is whose.",
    )  # fmt: skip
    if file is not None:
        return file.name, file.getvalue()
    template = pd.DataFrame(
        {"file": [p.name for p in paths], "participant": [p.stem for p in paths], "label": ""}
    )
    st.markdown("Or type in whose clip each is, and the person's group:")
    typed = st.data_editor(
        template, hide_index=True, disabled=["file"], key=f"study_typed_{len(paths)}",
        height=min(420, 38 + 35 * len(template)),
        column_config={
            "participant": st.column_config.TextColumn(help="The same name for clips of one person."),
            "label": st.column_config.TextColumn(help="The group: 0 and 1, patient and control, ..."),
        },
    )  # fmt: skip
    content = csv(typed).encode()
    left, right = st.columns(2)
    full = typed["label"].fillna("").str.strip().ne("").all()
    left.button(
        "Use these labels", type="primary", key="study_use_typed", disabled=not full,
        on_click=_keep_labels, args=("labels.csv", content), icon=":material/check:",
        help="Every clip needs its person and group.",
    )  # fmt: skip
    right.download_button(
        "Template as CSV", csv(template).encode(), file_name="labels.csv", mime="text/csv",
        key="study_template", icon=":material/download:", on_click="ignore",
        help="One row a clip; fill in label, and drop the file above.",
    )  # fmt: skip
    return None


def _keep_labels(name: str, content: bytes) -> None:
    keeping.things()[_LABELS] = (name, content)


def _clear() -> None:
    for path in keeping.things().pop(_CLIPS, {}):
        path.unlink(missing_ok=True)
    keeping.things().pop(_LABELS, None)
    st.session_state.pop(_REFUSED, None)
