"""What is computed once: for everybody where it comes from what ships, for one session where a visitor
brought it, so that it goes when the visitor does."""

from collections.abc import Callable
from functools import wraps

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx


def cache_by_owner(**options) -> Callable[[Callable], Callable]:
    """``st.cache_resource`` with its options, and a further argument ``shared``.

    ``shared=True``: what goes in ships with the app, and what comes out is kept for all sessions.
    ``shared=False``: it is kept for this session alone.
    """

    def cached(function: Callable) -> Callable:
        for_all = st.cache_resource(**options)(function)
        for_one = st.cache_resource(scope="session", **options)(function)

        @wraps(function)
        def call(*arguments, shared: bool):
            if shared:
                return for_all(*arguments)
            if (
                get_script_run_ctx(suppress_warning=True) is None
            ):  # a download's content, made aside
                return function(*arguments)
            return for_one(*arguments)

        return call

    return cached
