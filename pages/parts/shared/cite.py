"""Cite this view: its link, what it was made with, and BibTeX."""

from urllib.parse import urlencode

import streamlit as st

from core import citation
from pages.parts.shared import keeping


def offer(ids: set[str], more: dict[str, str] | None = None) -> None:
    """A box with everything that a citation of this view needs.

    ``ids``: of the checkpoints behind it.  ``more``: name -> fingerprint of whatever else is shown.
    """
    with st.popover("Cite this view", icon=":material/format_quote:"):
        st.markdown(
            "The link that opens this view again (settings alone; nothing that you brought):"
        )
        st.code(_address(), language=None, wrap_lines=True)
        st.markdown("What it was made with:")
        lines = {**citation.made_with(ids), **(more or {})}
        st.code("\n".join(f"{name}: {value}" for name, value in lines.items()), language=None)
        st.markdown("The papers behind it, and this program:")
        st.code(citation.bibtex(), language="bibtex")


def _address() -> str:
    settings = st.query_params.to_dict()
    settings.pop(keeping.PARAMETER, None)
    base = (st.context.url or "").split("?")[0]
    return f"{base}?{urlencode(settings)}" if settings else base
