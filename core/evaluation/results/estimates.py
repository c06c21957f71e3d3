"""Every figure with an interval, computed once for a set of tables: one number of resamples, one seed.

Pages, claims and the summary all ask here, so that a figure is the same wherever it stands.  Where what
was computed is kept: :mod:`core.evaluation.results.cache`.
"""

import copy
from collections.abc import Callable
from dataclasses import asdict
from functools import cached_property
from pathlib import Path

import pandas as pd

from core.errors import InputError
from core.evaluation.measuring.cases import BASE_CLASSIFIER
from core.evaluation.measuring.table import labelled_by, read_results
from core.evaluation.results import (
    comparison,
    curves,
    equal_accuracy,
    gain_split,
    psnr_loss,
    weights,
)
from core.evaluation.results.cache import Cache, NoCache
from core.evaluation.results.curves import RESAMPLES, SEED
from core.evaluation.results.equal_rate import EqualRate, compare_at_equal_rate, compare_curves
from core.evaluation.results.limits import Limits, limits
from core.evaluation.results.read_by import read_by

STATED = f"95 % intervals of {RESAMPLES:,} bootstrap resamples, seed {SEED}"
"""How every interval here was made, for captions."""


class Estimates:
    """The estimates of the tables of one folder (default: those that ship).

    Methods return data frames or plain lists, not to be changed by the caller.  ``labels``: whose tell
    what is right, fer2013 or ferplus.  ``classifier``: who reads every face, None for each codec's own
    classifier.  Raises InputError as :func:`read_results` does, and where rows that a figure needs are
    missing.
    """

    def __init__(self, folder: Path | None = None, labels: str = "fer2013") -> None:
        self.labels = labels
        self.classifier: str | None = None
        self._folder = folder
        self.cache = Cache(folder)
        self._others: dict[tuple, Estimates] = {}

    @classmethod
    def of(cls, rows: pd.DataFrame) -> "Estimates":
        """The estimates of rows that are in no file; nothing of them is kept."""
        estimates = cls.__new__(cls)
        estimates.labels, estimates._folder = "fer2013", None
        estimates.classifier = None
        estimates.cache, estimates.rows, estimates._others = NoCache(), rows, {}
        return estimates

    def labelled(self, labels: str) -> "Estimates":
        """The same tables, what is right told by other labels."""
        other = copy.copy(self)
        other.labels = labels
        return other

    def read_by(self, classifier: str | None) -> "Estimates":
        """The same tables as ``classifier`` reads them; None: each codec's own classifier."""
        key = (self.labels, classifier)
        if classifier != self.classifier and key not in self._others:
            other = copy.copy(self)
            other.classifier = classifier
            other.__dict__.pop("rows", None)
            self._others[key] = other
        return self if classifier == self.classifier else self._others[key]

    @cached_property
    def rows(self) -> pd.DataFrame:
        """Every row of every table; of labelled faces those that the classifier read."""
        rows = read_results(self._folder)
        return rows if self.classifier is None else read_by(rows, self.classifier, self._folder)

    @property
    def reference_classifier(self) -> str:
        """Whose accuracy on originals is the whole: the classifier's, else the base classifier's."""
        return self.classifier or BASE_CLASSIFIER

    def shown(self, data: str) -> pd.DataFrame:
        """The rows of a data set that figures show: its test split, or all where it has no splits."""
        shown = _tested(self.rows[self.rows["data"] == data])
        return labelled_by(shown, self.labels) if data == "fer2013" else shown

    def points(self, data: str, quality: str = "accuracy", rate: str = "file") -> pd.DataFrame:
        """All curves, as :func:`core.evaluation.results.curves.points`."""
        name = f"points {data} {quality} {rate} {self._whose}"
        return self._frame(name, lambda: curves.points(self.shown(data), quality, rate))

    def comparisons(
        self,
        reference: str,
        method: str,
        *,
        data: str = "fer2013",
        quality: str = "accuracy",
        rate: str = "file",
    ) -> list[comparison.Comparison]:
        """Every curve of a method against a reference, as :func:`comparison.compare`."""
        name = f"compare {reference} {method} {data} {quality} {rate} {self._whose}"
        settings = {"data": data, "quality": quality, "rate": rate, "labels": self.labels}
        rows = self.rows
        return self._named(
            name,
            comparison.Comparison,
            lambda: comparison.compare(
                rows[rows["method"].isin([reference, method])], reference, method, **settings
            ),
        )

    def deltas(
        self, data: str, reference: str, quality: str = "accuracy", rate: str = "file"
    ) -> pd.DataFrame:
        """Every other method against ``reference``; empty where that was not measured."""
        present = set(self.shown(data)["method"].astype(str))
        if reference not in present:
            return pd.DataFrame()
        each = [
            self.comparisons(reference, method, data=data, quality=quality, rate=rate)
            for method in sorted(present - {"original", reference})
        ]
        return pd.DataFrame([asdict(row) for rows in each for row in rows])

    def fewest_bytes(self, rate: str = "file") -> list[equal_accuracy.EqualAccuracy]:
        """As :func:`equal_accuracy.fewest_bytes`."""
        return self._named(
            f"fewest bytes {rate} {self._whose}",
            equal_accuracy.EqualAccuracy,
            lambda: equal_accuracy.fewest_bytes(
                self._labelled(), rate=rate, reference_classifier=self.reference_classifier
            ),
        )

    def gains(self) -> list[equal_accuracy.Gain]:
        """As :func:`equal_accuracy.gains`."""
        return self._named(
            f"gains {self._whose}",
            equal_accuracy.Gain,
            lambda: equal_accuracy.gains(
                self._labelled(), reference_classifier=self.reference_classifier
            ),
        )

    def limits(self) -> Limits:
        """As :func:`core.evaluation.results.limits.limits`, of the test originals as the judge reads them.

        Raises InputError where it read none.
        """
        rows = curves.select(
            labelled_by(self.shown("fer2013"), self.labels),
            method="original",
            classifier=self.reference_classifier,
        )
        if rows.empty:
            raise InputError(f"The tables hold no originals read by {self.reference_classifier!r}.")
        (label_limits,) = self._named(f"limits {self._whose}", Limits, lambda: [limits(rows)])
        return label_limits

    def regime_deltas(self, reference: str = "baseline") -> pd.DataFrame:
        """As :func:`gain_split.regime_deltas`."""
        name = f"regimes {reference} {self._whose}"
        rows = self._labelled()
        return pd.DataFrame(
            self._list(name, lambda: gain_split.regime_deltas(rows, reference).to_dict("records"))
        )

    def repeat_deltas(self, reference: str = "baseline") -> pd.DataFrame:
        """As :func:`gain_split.repeat_deltas`."""
        name = f"repeats {reference} {self._whose}"
        rows = self._labelled()
        return pd.DataFrame(
            self._list(name, lambda: gain_split.repeat_deltas(rows, reference).to_dict("records"))
        )

    def split(self) -> gain_split.Split:
        """As :func:`gain_split.split_gain`."""
        rows = self._labelled()
        plain = self._list(f"split {self._whose}", lambda: asdict(gain_split.split_gain(rows)))
        return gain_split.split_from(plain)

    def plane(self) -> pd.DataFrame:
        """As :func:`weights.plane`, over the test faces of FER2013."""
        return self._frame(
            f"plane {self._whose}", lambda: weights.plane(self._faces(), labels=self.labels)
        )

    def psnr_changes(self, data: str) -> pd.DataFrame:
        """As :func:`psnr_loss.psnr_changes`."""
        return self._frame(
            f"psnr {data} {self.classifier or ''}", lambda: psnr_loss.psnr_changes(self.rows, data)
        )

    def equal_rate(self, first: str, second: str) -> list[EqualRate]:
        """As :func:`core.evaluation.results.equal_rate.compare_at_equal_rate`."""
        return self._named(
            f"equal rate {first} {second} {self._whose}",
            EqualRate,
            lambda: compare_at_equal_rate(self._labelled(), first, second),
        )

    def equal_rate_of(self, data: str, first: dict, second: dict) -> list[EqualRate]:
        """As :func:`core.evaluation.results.equal_rate.compare_curves`, of two curves.

        They are named by the values of ``CURVE``.
        """
        rows = self.shown(data)
        return self._named(
            f"equal rate of {data} {sorted(first.items())} {sorted(second.items())} {self._whose}",
            EqualRate,
            lambda: compare_curves(curves.select(rows, **first), curves.select(rows, **second)),
        )

    @property
    def _whose(self) -> str:
        """Labels and classifier, in the name under which a figure is kept."""
        return self.labels if self.classifier is None else f"{self.labels} {self.classifier}"

    def _faces(self) -> pd.DataFrame:
        return _tested(self.rows[self.rows["data"] == "fer2013"])

    def _labelled(self) -> pd.DataFrame:
        return labelled_by(self.rows, self.labels)

    def _named(self, name: str, kind: type, compute: Callable[[], list]) -> list:
        """Dataclasses of one ``kind``, through the plain lists of the cache."""
        plain = self._list(name, lambda: [asdict(each) for each in compute()])
        return [_as(kind, each) for each in plain]

    def _list(self, name: str, compute: Callable[[], list]) -> list:
        return self.cache.plain(name, compute)

    def _frame(self, name: str, compute: Callable[[], pd.DataFrame]) -> pd.DataFrame:
        return self.cache.frame(name, compute)


def _tested(rows: pd.DataFrame) -> pd.DataFrame:
    """The test split, or all where there are no splits."""
    tested = rows[rows["split"] == "test"]
    return tested if len(tested) else rows


def _as(kind: type, plain: dict):
    """The dataclass of its plain form; lists become tuples, a nested difference is one again."""
    values = {
        name: tuple(value) if isinstance(value, list) else value for name, value in plain.items()
    }
    for name in {"over_own", "over_base"} & set(values):
        values[name] = values[name] and equal_accuracy.Difference(**values[name])
    return kind(**values)
