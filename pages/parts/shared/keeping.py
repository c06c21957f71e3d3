"""What a visitor brought, and what came of it: kept for one visit, in one browser, then forgotten.

Files, results and running work of a visit lie in one place.  A reload of the page within two minutes
by the same browser takes the visit up again: its name stands in the address, and the browser's own
cookie must fit, so that a link handed on brings nobody's face along.  After that everything goes:
work is cancelled, files are deleted, the session is closed.
"""

import atexit
import contextlib
import ctypes
import fcntl
import gc
import hashlib
import math
import os
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.bounded import Bounded, Limits

GRACE = float(os.environ.get("EXPRESSRATE_GRACE") or 120)
"""``EXPRESSRATE_GRACE``: seconds after which a visit whose browser has gone is forgotten."""

PARAMETER = "visit"
"""Name of the visit in the address; it is no setting."""

_STATE = "kept_visit"
_PREFIX = "expressrate-visits-"
_LOOK_EVERY = 1.0  # seconds
_ENDING = 10.0  # seconds that work may take to end


_OPENING = Limits(seconds=300, silence=300, megabytes=3072)
"""What it may take to open something that a visitor brought."""
_IDLE = 60.0
"""Seconds after which a visit's own process is ended, until it is wanted again."""


_TRIM_EVERY = 10.0
"""Seconds after which freed memory goes back to the system; the C library would keep much of it."""
_UNUSED = 600.0
"""Seconds without a visit after which networks, tables and results for everybody are let go as well."""


class Work(Protocol):
    """Work beside the page that can be told to stop."""

    def cancel(self) -> None:
        """Ask it to stop."""

    def wait(self, seconds: float) -> None:
        """Wait until it has, at most so long."""


@dataclass(eq=False)
class Visit:
    """One visit; ``things``: what pages keep, by name.  ``browser``: whose, None where unknown.

    ``opener``: a process of its own that opens what the visitor brought; a file that makes a decoder
    crash costs that process alone.
    """

    browser: str | None
    session: str
    token: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    things: dict[str, Any] = field(default_factory=dict)
    work: list[Work] = field(default_factory=list)
    place: Path | None = None
    opener: Bounded | None = None

    def folder(self) -> Path:
        """A folder that nobody else may read and that goes with the visit."""
        if self.place is None:
            self.place = Path(tempfile.mkdtemp(dir=_root()))
        return self.place

    def clear(self) -> None:
        """Cancel its work and remove everything."""
        for each in self.work:
            each.cancel()
        if self.opener is not None:
            self.opener.end()
            self.opener = None
        for each in self.work:
            each.wait(_ENDING)  # so that none writes into what is removed
        self.work.clear()
        self.things.clear()
        if self.place is not None:
            shutil.rmtree(self.place, ignore_errors=True)
            self.place = None


_visits: dict[str, Visit] = {}
"""Token -> visit, while it may be taken up again."""
_seen: dict[str, float | None] = {}
"""Session -> when it was first seen without its browser, None while that is there."""
_lock = threading.RLock()
_empty_since: float | None = None
"""When the last visit ended, infinity while there is one; None: nothing is held for anybody."""
_caretaker: threading.Thread | None = None
_own_root: Path | None = None
_root_lock: Any = None


def things() -> dict[str, Any]:
    """What this visit keeps, by name: pages read it and put things into it."""
    return _visit().things


def folder() -> Path:
    """The visit's own folder, made when it is first asked for."""
    return _visit().folder()


def opened(work: Callable[..., Any], *arguments: Any) -> Any:
    """``work(*arguments)`` on something that the visitor brought, in the visit's own process.

    ``work`` is a function of a module; what goes in and comes out travels between processes.  Raises
    what it raises, and InputError where it crashes, takes too long or wants too much memory.
    """
    if get_script_run_ctx(suppress_warning=True) is None:  # a download's content, made aside
        return work(*arguments)
    visit = _visit()
    if visit.opener is None:
        visit.opener = Bounded(_OPENING, visit.folder())
    return visit.opener.run(work, *arguments)


def watch_over(work: Work) -> None:
    """Cancel ``work`` when the visit is over."""
    _visit().work.append(work)


def release(uploaded: Any) -> None:
    """Let go of an upload that was copied, which Streamlit would hold in memory."""
    context = get_script_run_ctx()
    if context is not None:
        context.uploaded_file_mgr.remove_file(context.session_id, uploaded.file_id)


def arrive() -> None:
    """At the beginning of a page: take up what this browser left, and keep the address right."""
    visit = _visit()
    if _server() is not None:
        with _lock:
            _seen[visit.session] = None
        _start_caretaker()
    show_address()


def show_address() -> None:
    """The visit's name stands in the address while it keeps something."""
    visit = _visit()
    if visit.things and visit.browser is not None:
        if st.query_params.get(PARAMETER) != visit.token:
            st.query_params[PARAMETER] = visit.token
    elif PARAMETER in st.query_params:
        del st.query_params[PARAMETER]


def offer_to_forget() -> None:
    """A button that forgets everything at once, where there is something to forget."""
    if not _visit().things:
        return
    st.button(
        "Forget now",
        key="kept_forget",
        icon=":material/delete_forever:",
        on_click=forget,
        help="Removes what you brought, what was computed from it, and stops its work. Without this it "
        f"goes {GRACE / 60:.0f} minutes after the page is closed.",
    )


def forget() -> None:
    """Remove everything of this visit: files, results, uploads, work."""
    visit = _visit()
    visit.clear()
    with _lock:
        _visits.pop(visit.token, None)
    for name in list(st.session_state):
        with contextlib.suppress(Exception):  # a button's own state cannot be removed
            del st.session_state[name]
    context = get_script_run_ctx()
    if context is not None:
        context.uploaded_file_mgr.remove_session_files(context.session_id)
        _on_loop(_clear_caches, context.session_id)
    _give_back_memory()


def remove_leftovers() -> None:
    """Delete the folders of servers that ended without doing so."""
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError), (left / ".lock").open("a") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # held by a server that runs
            shutil.rmtree(left, ignore_errors=True)


# -- whose visit it is ------------------------------------------------------------------------------


def _visit() -> Visit:
    """The visit of this session: kept, taken up again, or new."""
    visit = st.session_state.get(_STATE)
    if visit is None:
        visit = st.session_state[_STATE] = _taken_up() or _new()
    return visit


def _new() -> Visit:
    visit = Visit(_browser(), _session())
    if _server() is not None:
        with _lock:
            _visits[visit.token] = visit
            _seen[visit.session] = None
    return visit


def _taken_up() -> Visit | None:
    """The visit that the address names, if it was this browser's and its own session has gone."""
    with _lock:
        visit = _visits.get(st.query_params.get(PARAMETER, ""))
        if visit is None or visit.browser is None or visit.browser != _browser():
            return None
        server = _server()
        if server is None or server.is_active_session(visit.session):
            return None  # a second tab; the first keeps it
        before, visit.session = visit.session, _session()
        _seen.pop(before, None)
        _seen[visit.session] = None
    _close(before)
    return visit


def _server() -> runtime.Runtime | None:
    """Streamlit's server; None in a test without one."""
    if not runtime.exists():
        return None
    with contextlib.suppress(RuntimeError):  # it ended meanwhile
        server = runtime.get_instance()
        return server if isinstance(server, runtime.Runtime) else None
    return None


def _session() -> str:
    context = get_script_run_ctx()
    return context.session_id if context is not None else ""


def _browser() -> str | None:
    """A name for this browser that only it can give: from the cookie that guards uploads."""
    from streamlit.web.server.starlette.starlette_app_utils import decode_xsrf_token_string

    cookie = st.context.cookies.get("_streamlit_xsrf", "")
    token, _ = decode_xsrf_token_string(cookie)
    return hashlib.sha256(token).hexdigest() if token else None


# -- when the browser has gone ----------------------------------------------------------------------


def _start_caretaker() -> None:
    global _caretaker
    with _lock:
        if _caretaker is None or not _caretaker.is_alive():
            _caretaker = threading.Thread(target=_take_care, daemon=True, name="caretaker")
            _caretaker.start()


def _take_care() -> None:
    trimmed = time.monotonic()
    while (server := _server()) is not None:
        now = time.monotonic()
        look_after(now, server.is_active_session)
        _end_idle(now)
        let_go_when_unused(now, bool(_visits))
        if _visits and now - trimmed >= _TRIM_EVERY:
            _trim()
            trimmed = now
        time.sleep(_LOOK_EVERY)


def look_after(now: float, is_there) -> None:
    """Forget the visits whose browser has been gone for longer than `GRACE`.

    ``is_there``: session -> whether a browser is connected to it.
    """
    with _lock:
        for session in _seen:
            if is_there(session):
                _seen[session] = None
            elif _seen[session] is None:
                _seen[session] = now
        gone = [s for s, since in _seen.items() if since is not None and now - since >= GRACE]
        over = [visit for visit in _visits.values() if visit.session in gone]
        for session in gone:
            del _seen[session]
        for visit in over:
            del _visits[visit.token]
    for visit in over:
        visit.clear()
    for session in gone:
        _close(session)
    if gone:
        _on_loop(_give_back_memory)


def _end_idle(now: float) -> None:
    """End the processes of visits that have not used them for a while."""
    with _lock:
        openers = [visit.opener for visit in _visits.values() if visit.opener is not None]
    for opener in openers:
        opener.end_if_idle(now, _IDLE)


def let_go_when_unused(now: float, in_use: bool) -> None:
    """Once nobody has been here for a while, let go of what was loaded and computed for everybody."""
    global _empty_since
    if in_use:
        _empty_since = math.inf
    elif _empty_since == math.inf:
        _empty_since = now
    elif _empty_since is not None and now - _empty_since >= _UNUSED:
        _empty_since = None
        st.cache_resource.clear()
        st.cache_data.clear()
        _give_back_memory()


def _close(session: str) -> None:
    """Let Streamlit forget a session too: its uploads, pictures and caches."""
    if (server := _server()) is not None:
        _on_loop(server.close_session, session)


def _on_loop(work, *arguments) -> None:
    """Run ``work`` where Streamlit's own bookkeeping runs."""
    if (server := _server()) is not None:
        server._get_async_objs().eventloop.call_soon_threadsafe(work, *arguments)


def _clear_caches(session: str) -> None:
    server = _server()
    info = server and server._session_mgr.get_session_info(session)
    if info:
        info.session.clear_session_caches()


def _give_back_memory() -> None:
    """Hand freed pages back to the system, which wipes them."""
    gc.collect()
    _trim()


def _trim() -> None:
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


# -- where files lie --------------------------------------------------------------------------------


def _root() -> Path:
    """This server's folder of visits, locked while the server runs."""
    global _own_root, _root_lock
    with _lock:
        if _own_root is None or not _own_root.is_dir():
            _own_root = Path(tempfile.mkdtemp(prefix=_PREFIX))
            _root_lock = (_own_root / ".lock").open("a")
            fcntl.flock(_root_lock, fcntl.LOCK_EX)
            atexit.register(shutil.rmtree, _own_root, ignore_errors=True)
        return _own_root
