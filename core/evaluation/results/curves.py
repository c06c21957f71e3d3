"""From rows to curves: means at every operating point, resampled by what was coded together.

The bootstrap is our own because scipy's draws neither clusters (faces that share a file) nor the same
clusters for several curves, and intervals of differences need both.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from core.errors import InputError
from core.evaluation.choices import FACES, QUALITIES, RATES, RESAMPLES, SEED
from core.evaluation.measuring.table import CURVE, correct
from core.methods import LEARNED


@dataclass(frozen=True, slots=True)
class Curve:
    """One method's operating points over one set of pictures, summed by unit of resampling.

    A unit is what varies together: the faces of a sheet, the photographs of a person, or a single
    picture.  ``rates`` and ``qualities`` are sums (units, points); ``counts`` pictures a unit.
    """

    quality_indices: np.ndarray  # (S,)
    counts: np.ndarray  # (U,)
    rates: np.ndarray  # (U, S) bits per pixel
    qualities: np.ndarray  # (U, S)

    def means(self, weights: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Mean rate and quality (..., S); ``weights`` (..., U) says how often a unit is drawn."""
        weights = np.ones(len(self.counts)) if weights is None else weights
        pictures = (weights @ self.counts)[..., None]
        return weights @ self.rates / pictures, weights @ self.qualities / pictures


@lru_cache(maxsize=3)
def resampling_weights(units: int, resamples: int = RESAMPLES, seed: int = SEED) -> np.ndarray:
    """How often each unit is drawn (resamples, units) when as many are drawn as there are."""
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(units, np.full(units, 1 / units), size=resamples).astype(np.float64)
    drawn.flags.writeable = False  # shared by all who ask for the same draws
    return drawn


def paired_curves(
    *parts: pd.DataFrame, quality: str = "accuracy", rate: str = "file"
) -> list[Curve]:
    """A :class:`Curve` for every frame of rows, over the pictures that all of them hold.

    Each frame holds one curve (one method, gamma, seed, classifier) of one data set and split.  The
    units are shared, so the same ``weights`` resample all curves in pairs: a sheet where any of them
    coded sheets, a person for photographs (whose names begin with the person's number), else a
    picture.  Raises InputError where no picture is common or the quality is not known.
    """
    measured = [_measured(rows, quality, rate) for rows in parts]
    common = measured[0].index
    for rows in measured[1:]:
        common = common.intersection(rows.index)
    if not len(common):
        raise InputError(f"The methods share no picture whose {quality} and {rate} rate are known.")
    units = _units(parts, common)
    codes, names = pd.factorize(units)
    order = np.argsort(codes, kind="stable")
    starts = np.searchsorted(codes[order], np.arange(len(names)))
    counts = np.bincount(codes).astype(np.float64)
    curves = []
    for rows in measured:
        values = rows.loc[common].to_numpy(dtype=np.float64)[order]
        sums = np.add.reduceat(values, starts, axis=0)
        half = sums.shape[1] // 2
        quality_indices = rows.columns.get_level_values(1)[:half].to_numpy()
        curves.append(Curve(quality_indices, counts, sums[:, :half], sums[:, half:]))
    return curves


def points(
    rows: pd.DataFrame,
    quality: str = "accuracy",
    rate: str = "file",
    resamples: int = RESAMPLES,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Every curve in ``rows`` (one data set and split) as points.

    Columns: those of ``CURVE``, then ``quality_index``, ``bpp`` and ``bytes`` (means of a picture, by
    ``rate``), ``quality``, its bootstrap interval ``low`` and ``high`` (NaN where there
    is only one unit to resample), ``images``.
    Sorted by curve, then rate.  Curves whose quality is not known (no labels) are left out.
    """
    curves = []
    for key, part in rows[rows["method"] != "original"].groupby(
        CURVE, observed=True, dropna=False, sort=True
    ):
        try:
            (curve,) = paired_curves(part, quality=quality, rate=rate)
        except InputError:
            continue
        mean_rate, mean_quality = curve.means()
        low = high = np.nan
        if len(curve.counts) > 1:
            _, resampled = curve.means(resampling_weights(len(curve.counts), resamples))
            tail = 50 * (1 - confidence)
            low, high = np.percentile(resampled, (tail, 100 - tail), axis=0)
        sizes = bits_per_pixel(part, rate) * (part["height"] * part["width"]) / 8
        mean_bytes = sizes.groupby(part["quality_index"]).mean()
        curves.append(
            pd.DataFrame(
                {
                    **dict(zip(CURVE, key, strict=True)),
                    "quality_index": curve.quality_indices,
                    "bpp": mean_rate,
                    "bytes": mean_bytes.reindex(curve.quality_indices).to_numpy(),
                    "quality": mean_quality,
                    "low": low,
                    "high": high,
                    "images": int(curve.counts.sum()),
                }
            ).sort_values("bpp")
        )
    columns = [*CURVE, "quality_index", "bpp", "bytes", "quality", "low", "high", "images"]
    return pd.concat(curves, ignore_index=True) if curves else pd.DataFrame(columns=columns)


def originals(rows: pd.DataFrame, classifier: str = "base") -> float:
    """Accuracy of ``classifier`` on the uncoded pictures of ``rows``; NaN without such rows."""
    chosen = (rows["method"] == "original") & (rows["classifier"] == classifier)
    return float(correct(rows[chosen]).mean()) if chosen.any() else float("nan")


def select(rows: pd.DataFrame, **wanted: object) -> pd.DataFrame:
    """Rows whose columns equal ``wanted``; None or NaN asks for missing values."""
    keep = np.ones(len(rows), dtype=bool)
    for column, value in wanted.items():
        values = rows[column]
        if pd.isna(value):
            keep &= values.isna().to_numpy()
        elif pd.api.types.is_float_dtype(values):  # exact, in the precision of the column
            keep &= values.to_numpy() == values.dtype.type(value)
        else:
            keep &= (values == value).fillna(False).to_numpy(dtype=bool)
    return rows[keep]


def shared_pictures(rows: pd.DataFrame) -> pd.DataFrame:
    """``rows`` of the pictures that every curve of their data set and split holds."""
    parts = ["data", "split"]
    curves = rows.assign(curve=rows.groupby(CURVE, observed=True, dropna=False).ngroup())
    every = curves.groupby(parts, observed=True)["curve"].transform("nunique")
    holding = curves.groupby([*parts, "image"], observed=True)["curve"].transform("nunique")
    return rows[holding == every]


def bits_per_pixel(rows: pd.DataFrame, rate: str) -> pd.Series:
    """Bits per pixel by one of ``RATES``; NaN where a format has no payload of its own."""
    if rate not in RATES:
        raise InputError(f"There is no rate {rate!r}; known: {', '.join(RATES)}.")
    if rate == "file":
        return rows["bpp"]
    sizes = rows["payload_bytes"] if rate == "payload" else shared_bytes(rows)
    return 8 * sizes / (rows["height"] * rows["width"])


def shared_bytes(rows: pd.DataFrame) -> pd.Series:
    """Bytes of each picture where 64 labelled faces share a file, as sheets of classical codecs do.

    Faces of a learned codec share a ``.xpr`` file of many in the order of the table.  What is shared
    already (sheets, the label codec), and what is no set of faces, is as its file is.
    """
    from core.codec.many import bytes_in_many

    faces = rows.reset_index(drop=True)
    faces = faces[
        (faces["data"] == FACES) & faces["sheet"].isna() & faces["payload_bytes"].notna()
        & faces["method"].isin(LEARNED)
    ]  # fmt: skip
    sizes = rows["file_bytes"].to_numpy(dtype=np.float64, copy=True)
    files = [*CURVE, "split", "quality_index", "height", "width"]
    for (*_, height, width), part in faces.groupby(files, observed=True, dropna=False):
        sizes[part.index] = bytes_in_many(part["payload_bytes"], height, width)
    return pd.Series(sizes, rows.index)


def _measured(rows: pd.DataFrame, quality: str, rate: str) -> pd.DataFrame:
    """Pictures x (rate, quality) x points, without pictures that lack any value.

    Points that were not measured on as many pictures as most (``match`` may take fewer) are left
    out: they would cut the whole curve to their pictures.
    """
    if quality not in QUALITIES:
        raise InputError(f"There is no quality {quality!r}; known: {', '.join(QUALITIES)}.")
    values = pd.DataFrame(
        {
            "image": rows["image"].astype(object),
            "quality_index": rows["quality_index"],
            "rate": bits_per_pixel(rows, rate),
            "quality": correct(rows) if quality == "accuracy" else rows[quality],
        }
    )
    if values.duplicated(["image", "quality_index"]).any():
        raise ValueError("the rows hold more than one curve, data set or split")
    pictures = values.groupby("quality_index").size()
    usual = pictures.index[pictures == pictures.mode().max()]
    whole = values[values["quality_index"].isin(usual)]
    return whole.pivot(index="image", columns="quality_index", values=["rate", "quality"]).dropna()


def _units(parts: tuple[pd.DataFrame, ...], images: pd.Index) -> np.ndarray:
    for rows in parts:
        if rows["sheet"].notna().any():
            sheet = rows.drop_duplicates("image").set_index("image")["sheet"]
            sheet.index = sheet.index.astype(object)
            return sheet.reindex(images).astype(float).to_numpy()
    if (parts[0]["data"] == "photographs").all():
        return images.str.split("_").str[0].to_numpy()
    return images.to_numpy()
