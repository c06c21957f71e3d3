"""Where a cohort comes from: a made-up one, dropped tables, or what the Video page left behind."""

import hashlib
from collections.abc import Sequence
from functools import partial

import streamlit as st

from core.cohort import synthesis
from core.cohort.report.assembly import reading_settings
from core.cohort.tables import reading
from core.cohort.tables.dialects import NAMES
from core.cohort.tables.parsing import parse
from core.cohort.tables.schema import Cohort
from core.errors import InputError
from pages.parts.cohort import import_report, mapping
from pages.parts.shared import keeping
from pages.parts.shared.words import plain

SYNTHETIC, DROPPED, EXTRACTED = "Synthetic cohort", "My tables", "From the Video page"
Upload = tuple[str, bytes]


def choose_cohort() -> tuple[str, Cohort, dict[str, object]]:
    """The cohort chosen, a key that changes with its content, and how it was read; stops the page
    without one."""
    extracted = keeping.things().get("extracted_tables")
    source = st.segmented_control(
        "Take",
        [SYNTHETIC, DROPPED, *([EXTRACTED] if extracted else [])],
        default=SYNTHETIC,
        required=True,
        key="cohort_source",
        bind="query-params",
        help="A synthetic cohort shows what the page does, with a difference that you set. "
        "Your own tables stay on this machine.",
    )
    try:
        if source == SYNTHETIC:
            return _synthetic()
        return _given(extracted if source == EXTRACTED else None)
    except InputError as error:
        import_report.refusal(error)
        st.stop()


def _synthetic() -> tuple[str, Cohort, dict[str, object]]:
    """Made-up people with the difference that the slider says."""
    first, second, third = st.columns([3, 3, 2])
    effect = first.slider(
        "Effect",
        0.0,
        2.0,
        0.8,
        0.1,
        key="cohort_effect",
        bind="query-params",
        help="Cohen's d between the two groups: AU01, AU04, AU15 up and AU06, AU12 down in "
        "group 1. At 0 the groups do not differ, and whatever is uploads is chance.",
    )
    people = second.slider(
        "People",
        10,
        200,
        40,
        2,
        key="cohort_people",
        bind="query-params",
        help="Half of them in each group. Each is a minute of video at 30 frames a second.",
    )
    seed = third.number_input(
        "Seed",
        0,
        99999,
        1,
        key="cohort_seed",
        bind="query-params",
        help="Another number makes other people; the same number makes the same people.",
    )
    sampled = st.toggle(
        "Draw the people from a population",
        key="cohort_sampled",
        bind="query-params",
        help="Off: these very people differ by the effect. On: the populations do, and each "
        "draw varies around it, as real studies do.",
    )
    key = f"synthetic-{people}-{effect}-{seed}-{sampled}"
    reading = {"synthetic people": people, "effect": effect, "seed": seed, "sampled": sampled}
    return key, _synthesized(people, effect, int(seed), sampled), reading


# Nobody changes a cohort, and it can be large: it is kept as it is, not copied at every run.
@st.cache_resource(max_entries=3, show_spinner="Making people up …")
def _synthesized(people: int, effect: float, seed: int, sampled: bool) -> Cohort:
    return synthesis.synthesize(people, effect, seed, sampled=sampled)


def _given(extracted: Sequence[Upload] | None) -> tuple[str, Cohort, dict[str, object]]:
    """Tables with their labels and events, read once for each content."""
    left, right = st.columns(2)
    with left:
        files = list(extracted or ()) or _kept(
            "tables",
            "Action-unit tables",
            several=True,
            help=f"CSV, TXT, TSV or Parquet of {NAMES}; several at once, or a zip of them.",
        )
    with right:
        labels = _kept(
            "labels",
            "Labels",
            several=False,
            help="A CSV with the columns participant and label (two or more groups; 0.5 or a name "
            "for in between), or a score such as PHQ8_Score. It may also lie among the tables.",
        )
        events = _kept(
            "events",
            "Event log (not needed)",
            several=False,
            help="A CSV with the columns timestamp (seconds) and label, events of BIDS (onset, "
            "duration, trial_type) or of BORIS; it cuts the recordings into phases. Logs of single "
            "people go among the tables, named after them.",
        )
    if not files:
        st.info("Drop tables to begin, or take the synthetic cohort.")
        st.stop()
    how = mapping.choose_mapping(files, labels, events)
    key = _digest([*files, *labels, *events, (repr(how), b"")])
    cohort = _read_once(key, files, labels, events, how)
    reading = reading_settings(how.pattern, how.tables, how.labels, how.events)
    return key, cohort, reading


def _kept(name: str, label: str, several: bool, help: str) -> list[Upload]:
    """An uploader whose files stay in the session when another page is visited."""
    place, widget = f"cohort_kept_{name}", f"cohort_upload_{name}"

    def keep() -> None:
        uploads = st.session_state[widget] or []
        uploads = uploads if isinstance(uploads, list) else [uploads]
        keeping.things()[place] = [(file.name, file.getvalue()) for file in uploads]

    shown = st.file_uploader(
        label,
        type=["csv", "txt", "tsv", "parquet", "zip"] if several else ["csv", "txt", "tsv"],
        accept_multiple_files=several,
        key=widget,
        on_change=keep,
        help=help,
    )
    files = keeping.things().get(place, [])
    if files and not shown:
        names = ", ".join(file for file, _ in files[:3]) + (" …" if len(files) > 3 else "")
        st.caption(f"Kept from before: {plain(names)}")
        st.button(
            "Forget",
            key=f"cohort_forget_{name}",
            on_click=keeping.things().pop,
            args=(place, None),
            help="Removes these files from the session.",
        )
    return files


def _digest(files: Sequence[Upload]) -> str:
    """A name for exactly this content."""
    whole = hashlib.sha256()
    for name, content in files:
        whole.update(f"{len(name)} {name} {len(content)} ".encode() + content)
    return whole.hexdigest()[:16]


def _read_once(key, files, labels, events, how: mapping.Mapping) -> Cohort:
    """Reads with a bar and a way out; the session keeps the last cohort it read."""
    earlier = keeping.things().get("cohort_read")
    if earlier and earlier[0] == key:
        return earlier[1]
    place = st.empty()
    if st.session_state.get("cohort_reading_cancelled") == key:
        with place.container():
            st.info("Reading was cancelled.")
            if not st.button("Read the tables", help="Begins again."):
                st.stop()
    with place.container():
        bar = st.progress(0.0, text="reading")
        st.button(
            "Cancel",
            key="cohort_cancel_reading",
            help="Stops after the table it is at.",
            on_click=st.session_state.__setitem__,
            args=("cohort_reading_cancelled", key),
        )

    def progress(done: int, total: int, text: str) -> None:
        bar.progress(done / max(total, 1), text=f"{plain(text)} ({done} of {total})")

    cohort = reading.read_cohort(
        files,
        labels=labels[0] if labels else None,
        events=events[0] if events else None,
        pattern=how.pattern,
        tables=how.tables,
        label_reading=how.labels,
        event_reading=how.events,
        progress=progress,
        read_table=partial(keeping.opened, parse),
    )
    place.empty()
    st.session_state.pop("cohort_reading_cancelled", None)
    keeping.things()["cohort_read"] = (key, cohort)
    return cohort
