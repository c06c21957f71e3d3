"""The Structure tab: do people fall into clusters by themselves, and would noise do the same?"""

import numpy as np
import pandas as pd
import streamlit as st

from core.cohort.analysis import DRAWS
from core.cohort.report import plot_structure, structure_section
from core.cohort.statistics import structure
from core.cohort.statistics.features import KINDS, Features, features_of
from core.cohort.tables.schema import Cohort
from core.formatting import percent
from pages.parts.shared import plot
from pages.parts.shared.evidence import evidence

_EXPLAINED = (
    "Means: the mean of each measure over a person's recording; Distributions: mean, standard "
    "deviation, quantiles and onsets a minute of each measure; Windows: mean and standard deviation "
    "of each measure in ten equal parts of the recording; Course: the mean of each measure in fifty "
    "equal parts, the raw course."
)
_BY_SILHOUETTE, _BY_HAND = "best silhouette", "by hand"


def show_structure(key: str, cohort: Cohort) -> None:
    """The tab: components of the chosen features, and clusters on them."""
    first, second = st.columns([2, 3])
    kind = first.segmented_control(
        "Features",
        list(KINDS),
        default="Means",
        required=True,
        key="cohort_features",
        bind="query-params",
        help=_EXPLAINED,
    )
    measures = second.multiselect(
        "Of",
        cohort.measures,
        default=list(cohort.units),
        key="cohort_structure_of",
        bind="query-params",
        persist_state="session",
        help="The units and composites that people are laid out by; the paper took happiness "
        "alone and sadness alone.",
    )
    if not measures:
        st.info("Choose at least one measure.")
        return
    components = _laid_out(key, cohort, kind, tuple(measures))
    _show_components(components)
    clusters = _choose_clustering(f"{key} {kind} {measures}", components, cohort)
    # widgets of a closed tab are not there, so the report asks here what was chosen
    st.session_state["cohort_structure_choice"] = (kind, tuple(measures), clusters)


def chosen(cohort: Cohort) -> dict[str, object]:
    """The features, measures and number of clusters chosen in the tab (at first means of all units,
    in as many clusters as have the best silhouette)."""
    kind, measures, clusters = st.session_state.get(
        "cohort_structure_choice", (KINDS[0], cohort.units, None)
    )
    measures = tuple(m for m in measures if m in cohort.measures)
    measures = () if measures == cohort.units else measures
    return {"features": kind, "structure_of": measures, "clusters": clusters}


def _laid_out(key: str, cohort: Cohort, kind: str, measures: tuple[str, ...]):
    """Everybody's place on the principal components of their features."""
    features = _features(key, kind, measures, _cohort=cohort)
    return _components(f"{key} {kind} {list(measures)}", _features=features)


def _show_components(components: structure.Components) -> None:
    st.subheader("Principal components", anchor=False)
    left, right = st.columns(2)
    weights = plot_structure.loadings(components.loadings.iloc[:, :4])
    scree = plot_structure.scree(components.variance).update_layout(height=weights.layout.height)
    plot.draw_on(left, scree, key="cohort_scree")
    plot.draw_on(right, weights, key="cohort_loadings")
    remarks = [f"{len(components.scores)} people, {len(components.loadings)} features"]
    if components.filled:
        remarks.append(f"{components.filled} missing values set to their feature's mean")
    if components.dropped:
        remarks.append(f"left out, as constant or mostly missing: {', '.join(components.dropped)}")
    with left:
        evidence(
            "Singular values of the standardised features. " + "; ".join(remarks) + ".",
            components.variance.reset_index(),
            "components",
            "Evidence: variance",
        )
    with right:
        evidence(
            "Unit vectors: how much of each feature is in each component.",
            components.loadings.reset_index(names="feature"),
            "loadings",
            "Evidence: loadings",
        )


def _choose_clustering(key: str, components: structure.Components, cohort: Cohort) -> int | None:
    """Method and number of clusters; the map of people and what speaks for and against it.

    The number that was set by hand, or None.
    """
    st.subheader("Clusters", anchor=False)
    first, second, third = st.columns(3)
    method = first.selectbox(
        "Method",
        list(structure.CLUSTERINGS),
        format_func=structure.CLUSTERINGS.get,
        key="cohort_method",
        bind="query-params",
        help="DBSCAN and HDBSCAN find the number of clusters themselves and may leave people out.",
    )
    labels = cohort.people["label"]
    clusters = None
    if method in ("kmeans", "agglomerative", "mixture"):
        how = second.segmented_control(
            "Number of clusters",
            [_BY_SILHOUETTE, _BY_HAND],
            default=_BY_SILHOUETTE,
            required=True,
            key="cohort_number_how",
            bind="query-params",
            help="The number whose clusters are tightest, or the one you set.",
        )
        most = max(3, min(8, len(components.scores) - 1))
        if how == _BY_HAND:
            clusters = third.slider(
                "Clusters",
                2,
                most,
                2,
                key="cohort_clusters",
                bind="query-params",
                help="How many clusters the method is told to make.",
            )
    clustering = _clusters(key, method, clusters, _components=components, _labels=labels)
    _show_judgement(clustering)
    left, right = st.columns([3, 2])
    with left:
        _map(components, clustering, labels)
    plot.draw_on(right, structure_section.silhouettes(clustering), key="cohort_silhouettes")
    if clustering.linkage is not None:
        people = clustering.space.index
        tree = plot_structure.dendrogram(
            clustering.linkage, people, labels.reindex(people).fillna("")
        )
        plot.draw(tree, key="cohort_dendrogram")
    evidence(
        f"{structure.CLUSTERINGS[method]} on the {clustering.space.shape[1]} components that carry 80 % of "
        "the variance (8 at the most). The labels were not used; they are only compared.",
        structure_section.clustered_people(components, clustering, labels),
        "clusters",
        "Evidence: who is in which cluster",
    )
    _side_by_side(key, components, clusters, labels)
    return clusters


def _show_judgement(clustering: structure.Clustering) -> None:
    """Silhouette, null, stability and agreement, always together."""
    cells = st.container(horizontal=True, gap="large")
    cells.metric(
        "Silhouette",
        _said(clustering.silhouette),
        help="1: tight clusters far apart; 0: none.",
        width="content",
    )
    cells.metric(
        "p against no structure",
        _said(clustering.p_value),
        help="Share of data sets without clusters (same distribution of each feature, same rank "
        "correlations, number of clusters chosen again) whose silhouette is at least as good.",
        width="content",
    )
    stable = (
        np.nanmedian(clustering.stability) if np.isfinite(clustering.stability).any() else np.nan
    )
    cells.metric(
        "Stability",
        _said(stable),
        help="ARI with the clusters of random 80 % of the people.",
        width="content",
    )
    cells.metric(
        "Agreement (ARI)",
        _said(clustering.ari),
        help="With the labels: 1 is identical, 0 is chance.",
        width="content",
    )
    cells.metric(
        "Agreement (NMI)",
        _said(clustering.nmi),
        help="With the labels: 1 is identical; chance is a little above 0.",
        width="content",
    )
    if np.isfinite(clustering.p_value) and clustering.p_value >= 0.05:
        st.warning(
            f"Data without any structure reach this silhouette in {percent(clustering.p_value, 0)} of the "
            "draws: "
            "these clusters are no evidence that there are kinds of people."
        )
    if not np.isfinite(clustering.silhouette):
        st.info(
            f"The method clustering {clustering.clusters} clusters; a silhouette needs at least two."
        )


def _map(components: structure.Components, clustering: structure.Clustering, labels) -> None:
    """People on two components; colour is the label, the mark is the cluster."""
    names = list(components.scores.columns)
    if len(names) < 2:
        st.info("One component carries everything: there is no map to draw.")
        return
    points = structure_section.clustered_people(components, clustering, labels)
    axes = {name: f"{name} ({percent(components.variance['share'][name], 0)})" for name in names}
    plot.draw(plot_structure.scatter(points, names[0], names[1], axes), key="cohort_map")


def _side_by_side(key, components, clusters, labels) -> None:
    """All methods in one table, on request."""
    if not st.toggle(
        "All methods side by side",
        key="cohort_all_methods",
        bind="query-params",
        help="Silhouette, null, stability and agreement of the five methods; takes some seconds.",
    ):
        return
    with st.spinner("Clustering in five ways …"):
        rows = [
            structure_section.clustering_row(
                _clusters(key, method, clusters, _components=components, _labels=labels)
            )
            for method in structure.CLUSTERINGS
        ]
    st.dataframe(pd.DataFrame(rows), hide_index=True)


@st.cache_data(scope="session", max_entries=8, show_spinner="Measuring people …")
def _features(key: str, kind: str, measures: tuple[str, ...], _cohort: Cohort) -> Features:
    return features_of(_cohort, kind, measures)


@st.cache_data(scope="session", max_entries=8, show_spinner=False)
def _components(key: str, _features: Features) -> structure.Components:
    return structure.principal_components(_features)


@st.cache_data(scope="session", max_entries=32, show_spinner="Clustering …")
def _clusters(
    key: str, method: str, clusters: int | None, _components, _labels
) -> structure.Clustering:
    return structure.cluster_people(_components, _labels, method, clusters, DRAWS)


def _said(value: float) -> str:
    return f"{value:.3g}" if np.isfinite(value) else "none"
