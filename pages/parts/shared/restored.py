"""The state of a page is its address: what a link could not bring back is said, and the address can be
copied, saved as a file of settings, and taken up again.

A link opens a page with what it names; everything else, and everything it names wrongly, has its
default.  Names and values that were not taken up are told once, above the page.
"""

import re
from collections.abc import Container, Mapping
from pathlib import Path
from urllib.parse import parse_qs

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.parts.shared import keeping

_HERE = Path(__file__)
_ASKED, _LEFT, _PAGE = "restored_asked", "restored_left", "restored_page"
_WAITING, _BEFORE = "restored_waiting", "restored_before"
_IN_BROWSER, _RESENT = "restored_in_browser", "restored_resent"

LONGEST = 500
"""Characters of one value of a link."""

MAY_BE_EMPTY = frozenset((
    "advice_units", "advice_codecs", "advice_heights", "advice_rates", "bridge_codecs",
    "cohort_classifiers", "cohort_composites", "cohort_groups", "cohort_covariates",
    "cohort_own_composites", "cohort_title", "cohort_pattern", "cohort_curves_of",
    "cohort_event_zero", "cohort_limits", "cohort_structure_of", "cohort_unit_order",
    "cohort_report_curves", "curves_shown", "reading_test_methods", "video_event_name", "video_units",
))  # fmt: skip
"""Settings that may hold nothing: choices of several, and texts."""

_LARGEST = 1e15
_NO_NUMBER = re.compile(r"[+-]?(inf|infinity|nan)", re.IGNORECASE)

_component = st.components.v2.component(
    "expressrate_settings",
    html=_HERE.with_name("settings.html").read_text(encoding="utf-8"),
    css=_HERE.with_name("settings.css").read_text(encoding="utf-8"),
    js=_HERE.with_name("settings.js").read_text(encoding="utf-8"),
)


def open_link(page: str) -> None:
    """At the beginning of a page: notice what its link asks for, and offer the address."""
    if st.session_state.get(_PAGE) != page:
        st.session_state[_PAGE] = page
        st.session_state[_LEFT] = _take_out_unusable()
        st.session_state[_ASKED] = _address()
    elif st.session_state.get(_BEFORE) == _address():
        _keep_up()
    st.session_state[_IN_BROWSER] = _in_browser()
    _component(key="settings", data={"page": page})
    _say(st.session_state[_LEFT])


def _take_out_unusable() -> list[str]:
    """Take out of the address what no widget could be, before one tries; say so."""
    left = []
    for name, texts in _address().items():
        if not usable(name, texts):
            del st.query_params[name]
            left.append(f"`{_plain(name)}` cannot be `{_plain(', '.join(texts))}` here.")
    run = get_script_run_ctx()
    if left and run is not None:  # widgets begin with a copy of the address
        with run.session_state.query_params() as params:
            params.set_initial_query_params_from_current()
    return left


def usable(name: str, texts: list[str]) -> bool:
    """Whether a widget can be asked to be that: it has a name, and is neither endless nor infinite.

    Nothing at all is a choice where several or none may be chosen, and where text is typed.
    """
    if not name or any(len(text) > LONGEST for text in texts):
        return False
    if any(not text for text in texts):
        return name in MAY_BE_EMPTY
    return not any(_NO_NUMBER.fullmatch(text.strip()) or _too_large(text) for text in texts)


def _too_large(text: str) -> bool:
    """Whether a text is a number that no widget can hold."""
    try:
        return not abs(float(text)) < _LARGEST
    except ValueError:
        return False


def wait_for(beginning: str) -> None:
    """Settings so named belong to results that are not there yet; they are judged when they are."""
    st.session_state.setdefault(_WAITING, []).append(beginning)


def close_link() -> None:
    """At the end of a page: tell what its link asked for and did not get."""
    asked = st.session_state.pop(_ASKED, {})
    beginnings = tuple(st.session_state.pop(_WAITING, []))
    later = {
        name: texts
        for name, texts in asked.items()
        if not _held(name) and name.startswith(beginnings)
    }
    now = {name: texts for name, texts in asked.items() if name not in later}
    if later:
        st.session_state[_ASKED] = later
    if left := not_restored(now, st.session_state, _address()):
        st.session_state[_LEFT] = [*st.session_state[_LEFT], *left]
        st.rerun()
    _drop_stale(st.session_state.get(_IN_BROWSER, {}))
    st.session_state[_BEFORE] = _address()


def _keep_up() -> None:
    """Tell the address what was changed by hand since the last run.

    A widget's change reaches the browser's address at once, but not the server's copy of it, which
    the browser would get back with the next change made by a script.
    """
    here = _address()
    for name, texts in (here | _in_browser()).items():
        if _held(name) and here.get(name) != _text(st.session_state[name], texts):
            st.session_state[name] = st.session_state[name]


def _text(value: object, texts: list[str]) -> list[str] | None:
    """What a link says, where a widget holds it."""
    return texts if _is(value, texts) else None


def _drop_stale(browser: Mapping[str, list[str]]) -> None:
    """Send the address anew where the browser's names settings of widgets that have gone.

    The server forgets such settings by itself, but tells the browser of those alone that it knew.
    """
    run = get_script_run_ctx()
    shown = set() if run is None else run.shared.widget_user_keys_this_run.snapshot()
    if any(name not in shown and name not in st.query_params for name in browser):
        st.query_params[_RESENT] = ""
        del st.query_params[_RESENT]


def _in_browser() -> dict[str, list[str]]:
    """The address that the browser had when it asked for this run."""
    run = get_script_run_ctx()
    return parse_qs("" if run is None else run.query_string, keep_blank_values=True)


def forget_unless(key: str, options: Container) -> None:
    """Before a widget is made: forget its value if that is not offered any more."""
    if key in st.session_state and st.session_state[key] not in options:
        del st.session_state[key]


def not_restored(
    asked: Mapping[str, list[str]], state: Mapping, address: Mapping[str, list[str]]
) -> list[str]:
    """What of a link was not taken up, as sentences.

    ``state``: the widgets' values by key.  ``address``: what the address says after the page has run;
    Streamlit takes out of it what a widget could not be, and also what is a default.
    """
    left = []
    for name, texts in asked.items():
        if not name or name not in state:
            left.append(f"`{_plain(name)}` is no setting of this view; the link may be older.")
        elif address.get(name) != texts and not _is(state[name], texts):
            left.append(f"`{_plain(name)}` cannot be `{_plain(', '.join(texts))}` here.")
    return left


def _address() -> dict[str, list[str]]:
    names = set(st.query_params.to_dict()) - {keeping.PARAMETER}
    return {
        name: st.query_params.get_all(name) for name in st.query_params.to_dict() if name in names
    }


def _held(name: str) -> bool:
    """Whether this session has a setting of that name; Streamlit refuses to be asked for an empty one."""
    return bool(name) and name in st.session_state


def _is(value: object, texts: list[str]) -> bool:
    """Whether a widget holds what a link says."""
    if isinstance(value, list | tuple):
        return [str(each) for each in value] == texts or _equal(value, texts)
    text = texts[-1] if texts else ""
    if isinstance(value, bool):
        return text.lower() in (("true", "1", "t") if value else ("false", "0", "f"))
    if isinstance(value, int | float):
        return _equal([value], [text])
    return str(value if value is not None else "") == text


def _equal(values, texts) -> bool:
    """Whether both are the same numbers."""
    try:
        return [float(value) for value in values] == [float(text) for text in texts]
    except (TypeError, ValueError):
        return False


def _say(left: list[str]) -> None:
    if not left:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(
            ":material/link_off: **Not everything in the link could be restored;** the rest has its "
            "default. " + " ".join(left),
            width="stretch",
        )
        st.button(
            "Understood",
            key="restored_understood",
            on_click=_forget,
            help="Removes this note.",
        )


def _forget() -> None:
    """Remove the note, and from the address what nobody takes up."""
    st.session_state[_LEFT] = []
    for name in _address():
        if not _held(name):
            del st.query_params[name]


def _plain(text: str) -> str:
    """A stranger's words, short, without their meaning in Markdown."""
    return text.replace("`", "'").replace("\n", " ")[:60]
