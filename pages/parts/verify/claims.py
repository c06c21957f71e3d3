"""The table of claims on the Verify page: theirs, ours, the verdict, and what stands behind each."""

import pandas as pd
import streamlit as st

from core.csv_cells import csv
from core.evaluation.claims import claim, claim_list
from pages.parts.shared import classifiers, results
from pages.parts.shared.evidence import evidence

_LOOKS = {
    claim.REPRODUCED: ("green", ":material/check:"),
    claim.OTHER_REASON: ("orange", ":material/call_split:"),
    claim.NOT_REPRODUCED: ("orange", ":material/close:"),
    claim.MET: ("green", ":material/check:"),
    claim.NOT_YET: ("orange", ":material/hourglass_top:"),
    claim.NOT_TESTABLE: ("gray", ":material/block:"),
    claim.NOT_MEASURED: ("gray", ":material/hourglass_empty:"),
}
"""Verdict -> colour and sign of its badge; the words carry the meaning."""

_MEANINGS = {
    claim.REPRODUCED: "our 95% interval reaches the paper's figure",
    claim.OTHER_REASON: "it reaches it, and so does a control that lacks what the paper credits",
    claim.NOT_REPRODUCED: "it does not",
    claim.MET: "our own aim is reached",
    claim.NOT_YET: "it is not",
    claim.NOT_TESTABLE: "what it takes is not public, or there is no figure",
    claim.NOT_MEASURED: "the tables here lack the rows",
}


def show_claims() -> None:
    """A tally, then one row a claim, by origin."""
    st.subheader("Claims", anchor=False)
    findings = _findings(results.stamps(), _whose())
    _tally(findings)
    origin = None
    for each in findings:
        if each.claim.origin is not origin:
            origin = each.claim.origin
            st.markdown(_headed(origin))
        _show_finding(each)
    st.download_button(
        "All claims as CSV",
        csv(_table(findings)).encode(),
        file_name="expressrate-claims.csv",
        mime="text/csv",
        icon=":material/download:",
        key="claims_csv",
        help="Theirs, ours, interval, faces, verdict and reason, one row a claim.",
        on_click="ignore",
    )


def _whose() -> results.Whose:
    """Whose labels and whose reading the claims are judged by."""
    with st.container(horizontal=True, gap="large", vertical_alignment="bottom"):
        labels = results.choose_labels("verify_labels")
        classifiers.choose_classifier(st.container(width=280))
    return results.Whose(labels, classifiers.chosen_classifier())


def _tally(findings: list[claim.Finding]) -> None:
    """How many claims came out how: of others, and of ourselves."""
    columns = st.columns(2)
    for column, own, title in zip(
        columns, (False, True), ("What others claim", "What we aim at"), strict=True
    ):
        counts = claim.tally([each for each in findings if each.claim.origin.own == own])
        with column.container(border=True, gap="small"):
            st.markdown(f"**{title}**")
            for verdict, count in counts.items():
                colour, icon = _LOOKS[verdict]
                st.badge(f"{count} {verdict}", color=colour, icon=icon)
    present = claim.tally(findings)
    st.caption(
        "; ".join(f"*{verdict}*: {_MEANINGS[verdict]}" for verdict in present)
        + f". {results.STATED}, over faces."
    )


def _headed(origin: claim.Origin) -> str:
    title = f"[{origin.title}]({origin.link})" if origin.link else origin.title
    return f"**{origin.name}**: {title}"


def _show_finding(each: claim.Finding) -> None:
    title = each.claim
    colour, icon = _LOOKS[each.verdict]
    with st.container(border=True, gap="small"):
        words, numbers = st.columns([2.2, 1])
        with words:
            plain = title.origin.own or title.in_our_words
            quote = title.quote if plain else f"“{title.quote}”"
            where = f"{title.where}, in our words" if title.in_our_words else title.where
            st.markdown(f"{quote}  \n:small[:gray[{where}]]")
        with numbers:
            st.badge(each.verdict, color=colour, icon=icon)
            st.markdown(
                f"{'aim' if title.origin.own else 'theirs'} {title.theirs}"
                + (f"  \nours **{each.ours}**" if each.ours else "")
                + (f" ({each.interval})" if each.interval else "")
            )
        st.caption(each.why)
        if each.measured is not None:
            _evidence(each)


def _evidence(each: claim.Finding) -> None:
    """The rows, the command, the fingerprints, seed and versions."""
    lines = [f"In a terminal: `{each.claim.command}`"]
    if each.interval:
        faces = f" over {each.measured.figure.n:,} faces" if each.measured.figure.n else ""
        lines.append(f"{results.STATED}{faces}.")
    for source in [*claim.sources(each.claim.methods), *each.measured.sources]:
        weights = ", ".join(f"{id} {print_[:12]}" for id, print_ in source.checkpoints.items())
        data = ", ".join(f"{name} {print_}" for name, print_ in source.data.items())
        seed = "none" if source.seed is None else source.seed
        lines.append(
            f"`{source.table}`: code {source.version}, seed {seed}, weights {weights or 'none'}, "
            f"data {data or 'none'}, made by `{source.command or 'unknown'}`"
        )
    evidence("\n\n".join(lines), each.measured.rows, f"claim-{each.claim.id}")


# Claims hold functions, which cannot be copied; nobody changes a finding.
@st.cache_resource(max_entries=2, show_spinner="Computing ours from the tables …")
def _findings(stamps: tuple, whose: results.Whose) -> list[claim.Finding]:
    return claim_list.findings(results.known(whose))


def _table(findings: list[claim.Finding]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "origin": each.claim.origin.name,
                "claim": each.claim.quote,
                "theirs": each.claim.theirs,
                "ours": each.ours,
                "interval": each.interval,
                "faces": each.measured.figure.n if each.measured else 0,
                "verdict": each.verdict,
                "why": each.why,
            }
            for each in findings
        ]
    )
