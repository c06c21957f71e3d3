"""What a classifier's held-out answers look like: who is taken for whom, its ROC, its report by group."""

import numpy as np
import pandas as pd

from core.cohort.classify.classification import Classification


def confusion(result: Classification) -> pd.DataFrame:
    """People by group (rows) and by what they were taken for (columns), in the order of the groups."""
    groups = list(result.groups)
    table = pd.crosstab(result.people["label"], result.people["predicted"])
    table = table.reindex(index=groups, columns=groups, fill_value=0)
    return table.rename_axis(index="group", columns="taken for")


def roc(result: Classification) -> pd.DataFrame:
    """The ROC of each group against the rest: ``group, false_positive, true_positive``.

    Two groups have one curve, of the second.
    """
    from sklearn.metrics import roc_curve

    shown = result.groups[1:] if len(result.groups) == 2 else result.groups
    tables = []
    for group in shown:
        rest = [f"score {other}" for other in result.groups if other != group]
        score = result.people[f"score {group}"] - result.people[rest].max(axis=1)
        known = score.notna()
        false, true, _ = roc_curve(result.people.loc[known, "label"] == group, score[known])
        rows = {"group": group, "false_positive": false, "true_positive": true}
        tables.append(pd.DataFrame(rows))
    return pd.concat(tables, ignore_index=True)


def report(result: Classification) -> pd.DataFrame:
    """Precision, recall and F1 of each group: ``group, precision, recall, f1, people``."""
    from sklearn.metrics import precision_recall_fscore_support

    groups = list(result.groups)
    scores = precision_recall_fscore_support(
        result.people["label"], result.people["predicted"], labels=groups, zero_division=np.nan
    )
    columns = ("precision", "recall", "f1", "people")
    return pd.DataFrame({"group": groups} | dict(zip(columns, scores, strict=True)))
