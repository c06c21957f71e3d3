"""Everything that was found, as one JSON document: drift, headline, conclusion, where it comes from."""

import math
from collections.abc import Sequence
from dataclasses import asdict

import pandas as pd

from core.bridge.drift import LEAST_SPREAD
from core.bridge.headline import LEAST_R, MOST_LOST, LowestRate
from core.bridge.methods import Method
from core.bridge.passes import DriftSettings
from core.bridge.store import digest
from core.bridge.work import ClipDrifts
from core.face.series import weights_used
from core.provenance import code_version


def as_document(
    drifts: ClipDrifts,
    rates: Sequence[LowestRate],
    conclusion: pd.DataFrame | None,
    settings: DriftSettings,
    methods: Sequence[Method],
    neutral: tuple[float, float] | None = None,
    command: str = "",
    brief: bool = False,
) -> dict:
    """Plain lists and numbers; what is not known is None.

    ``drift`` has the rows of :data:`core.bridge.drift.COLUMNS` (None if ``brief``), ``conclusion``
    those of :data:`core.bridge.conclusion.COLUMNS` (None without labels), ``headline`` one object a
    codec.
    """
    codecs = {each.codec: each.fingerprint for each in methods if each.codec is not None}
    return {
        "version": code_version(),
        "command": command,
        "settings": {**asdict(settings), "neutral": neutral},
        "rules": {"least_spread": LEAST_SPREAD, "least_r": LEAST_R, "most_lost": MOST_LOST},
        "weights": {**weights_used(settings.emotions), **codecs},
        "clips": [
            {"clip": name, "file": path.name, "sha256": digest(path)}
            for name, path in drifts.clips.items()
        ],
        "headline": [_plain(asdict(rate)) for rate in rates],
        "drift": None if brief else _rows(drifts.drift),
        "conclusion": None if conclusion is None else _rows(conclusion),
        "failed": [asdict(failure) for failure in drifts.failures],
    }


def _rows(table: pd.DataFrame) -> list[dict]:
    return [_plain(row) for row in table.to_dict("records")]


def _plain(row: dict) -> dict:
    return {name: _value(value) for name, value in row.items()}


def _value(value: object) -> object:
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    return value
