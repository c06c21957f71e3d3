"""What is done with a clip beside the page; nothing here knows of Streamlit."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from core.bridge.document import as_document
from core.bridge.headline import LowestRate, lowest_rates
from core.bridge.methods import Method
from core.bridge.passes import DriftSettings, Reference
from core.bridge.store import Store
from core.bridge.work import ClipDrifts, run
from core.errors import InputError
from core.face.units.validation import trusted_units
from core.progress import Progress


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """A clip through its codecs.

    ``coded``: codec -> its series at every setting, as :func:`core.bridge.passes.measure_coded`
    gives it.
    """

    path: Path
    methods: tuple[Method, ...]
    settings: DriftSettings
    drifts: ClipDrifts
    reference: Reference
    coded: dict[str, pd.DataFrame]
    rates: tuple[LowestRate, ...]
    validated: tuple[str, ...]

    def document(self) -> dict:
        """Everything, for the JSON that can be downloaded."""
        return as_document(self.drifts, self.rates, None, self.settings, self.methods)


def passes_of(
    path: Path,
    methods: tuple[Method, ...],
    settings: DriftSettings,
    store: Store,
    *,
    progress: Progress,
) -> Result:
    """All of it; InputError where the clip cannot be used."""
    drifts = run([path], methods, settings, store, progress=progress)
    if not drifts.clips:
        raise InputError(drifts.failures[0].why)
    failed = {failure.name for failure in drifts.failures}
    validated = trusted_units()
    return Result(
        path,
        methods,
        settings,
        drifts,
        store.reference(path, settings),
        {
            method.name: store.coded(path, method, settings)
            for method in methods
            if method.name not in failed
        },
        tuple(lowest_rates(drifts.drift, validated)),
        validated,
    )
