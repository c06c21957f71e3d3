"""The table of claims on the Verify page: theirs, ours, the verdict, and what stands behind each."""

import pandas as pd
import streamlit as st

from core.evaluation.claims import claim, claim_list
from pages.parts.shared import results
from pages.parts.shared.evidence import evidence

_LOOKS = {
    claim.EXCEEDED: ("green", ":material/keyboard_double_arrow_up:"),
    claim.REPRODUCED: ("green", ":material/check:"),
    claim.NOT_REPRODUCED: ("orange", ":material/close:"),
    claim.NOT_TESTABLE: ("gray", ":material/block:"),
    claim.NOT_MEASURED: ("gray", ":material/hourglass_empty:"),
}
"""Verdict -> colour and sign of its badge; the words carry the meaning."""


def show() -> None:
    """One row a claim, by source."""
    st.subheader("Claims", anchor=False)
    found = _findings(results.stamps())
    source = ""
    for each in found:
        if each.claim.source != source:
            source = each.claim.source
            st.markdown(f"**{source}**")
        _show(each)
    st.download_button(
        "All claims as CSV",
        _table(found).to_csv(index=False).encode(),
        file_name="expressrate-claims.csv",
        mime="text/csv",
        icon=":material/download:",
        key="claims_csv",
        help="Theirs, ours, interval, verdict and reason, one row a claim.",
        on_click="ignore",
    )


def _show(each: claim.Finding) -> None:
    claim = each.claim
    colour, icon = _LOOKS[each.verdict]
    with st.container(border=True, gap="small"):
        said, numbers = st.columns([2.2, 1])
        with said:
            own = claim.source == claim_list.OURS
            plain = own or claim.quote.endswith("(in our words).")
            quote = claim.quote if plain else f"“{claim.quote}”"
            st.markdown(f"{quote}  \n:small[:gray[{claim.where}]]")
        with numbers:
            st.badge(each.verdict, color=colour, icon=icon)
            st.markdown(
                f"{'stated' if own else 'theirs'} {claim.theirs}"
                + (f"  \nours **{each.ours}**" if each.ours else "")
                + (f" ({each.interval})" if each.interval else "")
            )
        st.caption(each.why)
        if each.measured is not None:
            _evidence(each)


def _evidence(each: claim.Finding) -> None:
    """The rows, the command, the fingerprints, seed and versions."""
    claim = each.claim
    made = [*claim.sources(claim.methods), *each.measured.sources]
    lines = [f"In a terminal: `{claim.command}`"]
    if each.interval:
        lines.append("Interval: 95 %, over faces.")
    for one in made:
        weights = ", ".join(f"{id} {print_[:12]}" for id, print_ in one.checkpoints.items())
        data = ", ".join(f"{name} {print_}" for name, print_ in one.data.items())
        lines.append(
            f"`{one.table}`: code {one.version}, seed {'none' if one.seed is None else one.seed}, "
            f"weights {weights or 'none'}, data "
            f"{data or 'none'}, made by `{one.command or 'unknown'}`"
        )
    evidence("\n\n".join(lines), each.measured.rows, f"claim-{claim.id}")


# Claims hold functions, which cannot be copied; nobody changes a finding.
@st.cache_resource(max_entries=2, show_spinner="Computing ours from the tables …")
def _findings(stamps: tuple) -> list[claim.Finding]:
    return claim_list.findings(results.all_rows())


def _table(found: list[claim.Finding]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "source": each.claim.source, "claim": each.claim.quote, "theirs": each.claim.theirs,
                "ours": each.ours, "interval": each.interval, "verdict": each.verdict,
                "why": each.why,
            }
            for each in found
        ]
    )  # fmt: skip
