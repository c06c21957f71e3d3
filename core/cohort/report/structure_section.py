"""What stands in a report of components and clusterings."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from core.cohort.report import plot_structure
from core.cohort.report.rendering import Figure, Section, Table
from core.cohort.statistics.structure import CLUSTERINGS, Clustering, Components


def structured(
    components: Components,
    clusterings: Iterable[Clustering],
    labels: pd.Series,
    with_people: bool = False,
    course: Components | None = None,
) -> Section:
    """Components and clusterings, each beside its null, stability and agreement with labels.

    ``course``: components of the raw course, shown beside those of the features.  Without
    ``with_people`` dots have no names and no table has a row a person.
    """
    clusterings = list(clusterings)
    text = [
        "Principal components of the standardised features of each person "
        f"({len(components.scores)} people, {len(components.loadings)} features, "
        f"{components.filled} missing values set to their feature's mean). Clusters were sought on "
        "the components that carry 80 % of the variance, 8 at the most, without the labels."
    ]
    parts: list[Figure | Table] = [
        Figure(plot_structure.scree(components.variance), "Variance explained."),
        Figure(
            plot_structure.loadings(components.loadings.iloc[:, :4]),
            "What the components are made of.",
        ),
    ]
    if course is not None:
        values = len(course.loadings)
        caption = f"Variance explained by components of the raw course ({values} values a person)."
        parts.append(Figure(plot_structure.scree(course.variance), caption))
        if course.scores.shape[1] > 1:
            groups = labels.reindex(course.scores.index).fillna("").to_numpy()
            places = course.scores.iloc[:, :2].reset_index(names="participant")
            places = places.assign(group=groups)
            places = places if with_people else places.assign(participant="")
            figure = plot_structure.scatter(places, "PC1", "PC2")
            parts.append(Figure(figure, "People on the components of their raw course."))
    for clustering in clusterings:
        name, points = (
            CLUSTERINGS[clustering.method],
            clustered_people(components, clustering, labels),
        )
        if not with_people:
            points = points.assign(participant="")
        if components.scores.shape[1] > 1:
            caption = f"{name}: colour is the label, the mark is the cluster."
            parts.append(Figure(plot_structure.scatter(points, "PC1", "PC2"), caption))
        if np.isfinite(clustering.silhouette):
            parts.append(Figure(silhouettes(clustering), f"{name}: silhouette beside its null."))
        if clustering.linkage is not None:
            groups = labels.reindex(clustering.space.index).fillna("")
            people = clustering.space.index if with_people else [""] * len(clustering.space)
            tree = plot_structure.dendrogram(clustering.linkage, people, groups)
            parts.append(Figure(tree, f"{name}: who joins whom."))
        if with_people:
            rows = f"{name}: who is in which cluster (-1 is none)."
            parts.append(Table(points, rows, f"clusters_{clustering.method}"))
    if clusterings:
        rows = pd.DataFrame([clustering_row(clustering) for clustering in clusterings])
        parts.append(Table(rows, "Clusterings with all that speaks for and against.", "methods"))
    return Section("Structure", tuple(text), tuple(parts))


def silhouettes(clustering: Clustering):
    """The figure of a clustering's silhouette beside its null."""
    return plot_structure.silhouettes(
        clustering.by_count, clustering.clusters, clustering.silhouette, clustering.null
    )


def clustered_people(
    components: Components, clustering: Clustering, labels: pd.Series
) -> pd.DataFrame:
    """One row a person: ``participant, group`` ("" without a label)``, cluster, PC1 ..``."""
    scores = components.scores.iloc[:, :8]
    return pd.DataFrame(
        {
            "participant": scores.index,
            "group": labels.reindex(scores.index).fillna("").to_numpy(),
            "cluster": clustering.assignment.reindex(scores.index).to_numpy(),
            **{name: scores[name].to_numpy() for name in scores},
        }
    )


def clustering_row(clustering: Clustering) -> dict[str, object]:
    """A clustering as one row: its quality, its null, its stability, its agreement with labels."""
    finite = clustering.stability[np.isfinite(clustering.stability)]
    return {
        "method": CLUSTERINGS[clustering.method],
        "clusters": clustering.clusters,
        "in no cluster": int((clustering.assignment < 0).sum()),
        "silhouette": clustering.silhouette,
        "p against no structure": clustering.p_value,
        "Davies-Bouldin": clustering.davies_bouldin,
        "stability": float(np.median(finite)) if len(finite) else np.nan,
        "ARI": clustering.ari,
        "NMI": clustering.nmi,
    }
