"""A study through codecs: from how many bits on the groups of a cohort still differ as they did."""

import streamlit as st

from core.bridge import charts
from core.bridge.advice_document import is_advice, read_study_of_advice
from core.bridge.drift import kind_of
from core.bridge.methods import ORIGINAL
from core.bridge.study import Study, least_rates, read_study, shipped_study
from core.evaluation.plots.curve_plots import curve_name
from core.face.units.validation import trusted_units
from pages.parts.bridge.choice import choose_rate
from pages.parts.bridge.film_study import make_study, show_film_study
from pages.parts.shared import plot
from pages.parts.shared.evidence import evidence
from pages.parts.shared.frame import fragment

_SHIPPED, _CLIPS, _OWN = "The rendered cohort", "My clips, stored as films", "A document of mine"
_SCALED = "None: the face is only scaled"


def show_study() -> None:
    """The section: whose study, what it still says, one measure against bits, the rows."""
    st.subheader("Does a study still say the same?", anchor=False)
    st.markdown(
        "Groups of people are compared, one value a person, in the clips as they are and stored. A "
        "difference is *kept*, *lost*, *turned* or *invented*."
    )
    study = _choose_study()
    if study is None:
        return
    if study.stale:
        st.warning(
            f"Measured with other weights of {', '.join(study.stale)} than those here. Run its command "
            "again.",
            icon=":material/history:",
        )
    _show_least_rates(study)
    _show_effect(study)
    evidence(
        f"{study.clips} clips; Welch's test over people, Hedges' g with its 95% interval, p-values "
        "corrected (Benjamini-Hochberg) over the measures of a setting. Made by "
        f"`{study.command}`, version {study.version}.",
        study.conclusion,
        "expressrate-study",
        title="The table of conclusions",
    )


def _choose_study() -> Study | None:
    source = st.segmented_control(
        "Study", [_SHIPPED, _CLIPS, _OWN], default=_SHIPPED, required=True,
        key="study_source", bind="query-params",
        help="The rendered cohort ships with ExpressRate: synthetic people whose action units are "
        "known. Group 1 shows more AU01, AU04 and AU15 and less AU06 and AU12.",
    )  # fmt: skip
    if source == _SHIPPED:
        return shipped_study()
    if source == _CLIPS:
        make_study()
        return None
    file = st.file_uploader(
        "Document", "json", key="study_file",
        help="What python -m core.bridge advise (films) or drift (faces through every codec) writes "
        "with --labels labels.csv --json OUT.json. Your clips stay where they are.",
    )  # fmt: skip
    if file is None:
        st.info(
            "Measure your clips in a terminal, with a label file, and bring the document here: "
            "`python -m core.bridge advise CLIPS --labels labels.csv --json OUT.json` for whole "
            "recordings stored as films, or "
            "`python -m core.bridge drift CLIPS --labels labels.csv --brief --json OUT.json` for the "
            "face through every codec."
        )
        return None
    if is_advice(file.getvalue()):
        show_film_study(read_study_of_advice(file.getvalue(), file.name))
        return None
    return read_study(file.getvalue(), file.name)


def _show_least_rates(study: Study) -> None:
    trusted = trusted_units()
    rates = least_rates(study.conclusion, trusted)
    if rates.empty:
        st.info("No action unit of this study passed validation, so no rate is told.")
        return
    names = [
        _SCALED if row.method == ORIGINAL else curve_name(row.method, row.gamma, None)
        for row in rates.itertuples()
    ]
    st.dataframe(
        {
            "Codec": names,
            "Bits a face": rates["bits_per_face"].round(),
            "Bits a second": rates["bits_per_second"].round(),
            "What changes below": rates["why"],
        },
        hide_index=True,
        height="content",
        placeholder="–",
        column_config={
            "Bits a face": st.column_config.NumberColumn(format="localized"),
            "Bits a second": st.column_config.NumberColumn(format="localized"),
            "What changes below": st.column_config.TextColumn(width="large"),
        },
    )
    units = [unit for unit in study.different_units if unit in trusted]
    st.caption(
        "From that rate on, upwards, every validated action unit that differs between the groups in "
        f"the uncompressed clips ({', '.join(units) or 'none does'}) still does, and no other does. "
        "Without a rate: even the highest that was tried says something else."
    )


@fragment
def _show_effect(study: Study) -> None:
    known = list(dict.fromkeys(study.conclusion["unit"]))
    trusted = trusted_units()
    sure = [unit for unit in study.different_units if unit in trusted]
    ranked = list(dict.fromkeys([*sure, *study.different_units, *known]))
    with st.container(horizontal=True, gap="large", vertical_alignment="bottom"):
        unit = st.selectbox(
            "Difference in", ranked,
            format_func=lambda unit: charts.label(unit)
            + ("" if unit in trusted or kind_of(unit) != "unit" else " (not validated)"),
            key="study_unit", bind="query-params", width=320,
            help="Those in which the groups differ in the uncompressed clips come first, validated "
            "units before all.",
        )  # fmt: skip
        rate = choose_rate("study_rate")
    plot.draw(
        charts.effect_against_bits(study.conclusion, unit, rate),
        key="study_effect",
        alt=f"The groups' difference in {unit} against bits",
    )
    st.caption("Filled marks: the verdict is that of the uncompressed clips. Open: it is another.")
