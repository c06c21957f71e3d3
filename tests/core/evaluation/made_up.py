"""Rows of results whose truth is known by construction."""

import numpy as np
import pandas as pd

from core.expressions import EXPRESSIONS


def made_up_rows(
    method: str = "baseline",
    *,
    images: int = 60,
    quality_indices: int = 5,
    scale: float = 1.0,
    per_sheet: int = 0,
    gamma: float = float("nan"),
    seed: int = 0,
    data: str = "fer2013",
    split: str = "test",
    labelled: bool = True,
) -> pd.DataFrame:
    """One curve: bits double from point to point, more and more of the faces are read correctly.

    FER+ has no label for every tenth face and agrees with FER2013 on the others.
    """
    rng = np.random.default_rng(seed)
    image, quality_index = (
        grid.ravel() for grid in np.meshgrid(range(images), range(quality_indices), indexing="ij")
    )
    label = np.array(EXPRESSIONS)[image % 7]
    hard = rng.random(images)[image]
    hit = hard < (
        0.3 + 0.5 * quality_index / (quality_indices - 1) if method != "original" else 0.9
    )
    file_bytes = scale * 20 * 2.0**quality_index
    coded = method != "original"
    return pd.DataFrame(
        {
            "data": data,
            "split": split,
            "image": [f"{i:03d}_face.png" for i in image],
            "pixels": [f"{i:032x}" for i in image],
            "height": 64,
            "width": 64,
            "coded_height": 64,
            "label": label if labelled else None,
            "ferplus": np.where(image % 10 == 9, None, label) if labelled else None,
            "method": method,
            "classifier": "base",
            "gamma": float(gamma),
            "seed": pd.array([seed] * len(image), dtype="Int16"),
            "quality_index": np.where(coded, quality_index, np.nan),
            "sheet": pd.array(
                image // per_sheet if per_sheet else [pd.NA] * len(image), dtype="Int16"
            ),
            "file_bytes": np.where(coded, file_bytes, np.nan),
            "payload_bytes": np.where(
                coded and not per_sheet, np.maximum(file_bytes - 10, 1), np.nan
            ),
            "bpp": np.where(coded, file_bytes * 8 / 4096, np.nan),
            "psnr": np.where(coded, 25 + 3 * quality_index + hard, np.nan),
            "ssim": np.where(coded, 0.7 + 0.05 * quality_index, np.nan),
            "prediction": np.where(hit, label, "neutral"),
            "p_true": np.where(hit, 0.8, 0.1) if labelled else np.nan,
        }
    ).query(
        "quality_index == 0 or method != 'original'" if coded else "index % @quality_indices == 0"
    )
