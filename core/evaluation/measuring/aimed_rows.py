"""Measures the encoder that looks at its classifier: real files of labelled faces, read by it and by
classifiers that it did not look at.

A part (some faces at one quality) is kept in the state folder as soon as it is done: the same call goes on
after an interruption.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import torch

from core import checkpoints
from core.codec.aimed import Aim, Logits, aimed_latents
from core.codec.file_format import pack
from core.codec.latents import Latents, analyse_batch, quantise, synthesise
from core.codec.loading import load_codec
from core.data.faces import as_tensor
from core.evaluation.measuring.cases import BASE_CLASSIFIER, BASE_CODEC, Case
from core.evaluation.measuring.coding import Coded, stacked
from core.evaluation.measuring.pictures import ORDER_SEED, Pictures
from core.evaluation.measuring.readings import READINGS, ReadingsCard, write_readings
from core.evaluation.measuring.rereading import readings_of
from core.evaluation.measuring.rounding import one_thread
from core.evaluation.measuring.rows import rows_of
from core.evaluation.measuring.run import measuring_code
from core.evaluation.measuring.table import Provenance, write_results
from core.files import whole_file
from core.folders import state_folder
from core.progress import Progress
from core.provenance import source_fingerprint
from core.recognition import Classifier, find_classifier
from core.recognition.aims import logits_of

QUALITY_INDICES = (0, 25, 51, 76, 115, 166)
"""Quality indices at which the aimed encoder is measured, 0 to 0.65."""

_TOGETHER = 32
"""Faces that are refined in one batch."""

_SAID = ["reader", "prediction", "p_true"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured: how the encoder aims, at whom, at which quality indices, and who reads."""

    aim: Aim
    aimed_at: tuple[str, ...] = (BASE_CLASSIFIER,)
    quality_indices: tuple[int, ...] = QUALITY_INDICES
    classifiers: tuple[str, ...] = ()  # beside the base classifier

    @property
    def case(self) -> Case:
        """How the rows are named."""
        return Case("aimed", "aimed", BASE_CLASSIFIER, BASE_CODEC, self.aim.gamma)


def measure_aimed(
    plan: Plan, pictures: Pictures, progress: Progress | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of results and readings, both with ``plain`` (bool): the same faces encoded without an aim."""
    codec, card = load_codec(BASE_CODEC)
    targets = [logits_of(id) for id in plan.aimed_at]
    classifiers = [find_classifier(id) for id in (BASE_CLASSIFIER, *plan.classifiers)]
    parts, said = [], []
    starts = range(0, len(pictures), _TOGETHER)
    total = len(starts) * len(plan.quality_indices)
    for index in plan.quality_indices:
        for start in starts:
            chunk = pictures.part(start, start + _TOGETHER)
            path = _part_path(plan, chunk, index, classifiers)
            if not path.exists():
                _measure(plan, chunk, index, (codec, card.fingerprint), targets, classifiers, path)
            whole = pq.read_table(path).to_pandas()
            first = whole[whole["reader"] == BASE_CLASSIFIER]
            parts.append(first.drop(columns=["reader"]))
            said.append(whole)
            if progress:
                progress(len(parts), total, f"quality {index}, {len(parts)} of {total} parts")
    return pd.concat(parts, ignore_index=True), pd.concat(said, ignore_index=True)


def compared(readings: pd.DataFrame) -> pd.DataFrame:
    """One row a quality index and classifier: bytes, PSNR, accuracy without and with aim."""
    rows = readings.assign(right=readings["prediction"] == readings["label"])
    by = rows.groupby(["quality_index", "reader", "plain"]).agg(
        bytes=("file_bytes", "mean"), psnr=("psnr", "mean"), accuracy=("right", "mean"),
        faces=("image", "nunique"),
    )  # fmt: skip
    wide = by.unstack("plain")
    wide.columns = [f"{name}_{'plain' if plain else 'aimed'}" for name, plain in wide.columns]
    return wide.drop(columns="faces_plain").rename(columns={"faces_aimed": "faces"}).reset_index()


def write_aimed(
    plan: Plan,
    measured: Sequence[tuple[Pictures, pd.DataFrame, pd.DataFrame]],
    *,
    folder: Path | None = None,
    command: str = "",
) -> Path:
    """Write the table ``aimed`` and the strangers' readings beside it; return the table's path."""
    case = plan.case
    rows = pd.concat([rows[~rows["plain"]] for _, rows, _ in measured], ignore_index=True)
    for name in ("seed", "sheet"):
        rows[name] = rows[name].astype("Int16")
    said = pd.concat([said[~said["plain"]] for _, _, said in measured], ignore_index=True)
    said = said[said["reader"] != BASE_CLASSIFIER].assign(
        seed=pd.array([None] * int((said["reader"] != BASE_CLASSIFIER).sum()), dtype="Int16")
    )
    provenance = Provenance(
        version=measuring_code(),
        seed=ORDER_SEED,
        data={f"{p.data}/{p.split}": p.fingerprint for p, _, _ in measured},
        checkpoints=case.fingerprints,
        command=command,
        notes={"aim": asdict(plan.aim), "aimed_at": list(plan.aimed_at)},
    )
    path = write_results(rows, case.name, provenance, folder)
    if len(said):
        prints = {id: find_classifier(id).fingerprint for id in plan.classifiers}
        coded = {BASE_CODEC: checkpoints.card(BASE_CODEC).fingerprint}
        card = ReadingsCard(measuring_code(), command, coded, prints, {})
        write_readings(said[READINGS.names], case.name, card, folder)
    return path


def _measure(
    plan: Plan,
    chunk: Pictures,
    index: int,
    codec: tuple[torch.nn.Module, str],
    targets: Sequence[Logits],
    classifiers: Sequence[Classifier],
    path: Path,
) -> None:
    """Both encodings of a chunk at one quality, and what everybody reads, kept at ``path``."""
    x = as_tensor(stacked(chunk.judged, range(len(chunk))))
    indices = [index] * len(chunk)
    frames = []
    with one_thread():
        encodings = {
            True: quantise(codec[0], analyse_batch(codec[0], x), indices),
            False: aimed_latents(codec[0], x, indices, targets, plan.aim),
        }
        for plain, latents in encodings.items():
            coded = _coded(codec, chunk, index, latents)
            base = rows_of(plan.case, chunk, coded, classifiers[0].read(coded.pictures))
            base = base.drop(columns=["prediction", "p_true"])
            for classifier in classifiers:
                said = readings_of(
                    chunk.names, chunk.labels, classifier.read(coded.pictures), classifier.id
                )
                frames.append(base.assign(plain=plain, **{name: said[name] for name in _SAID}))
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as temporary:
        pd.concat(frames, ignore_index=True).to_parquet(temporary, compression="zstd")


def _coded(
    codec: tuple[torch.nn.Module, str], chunk: Pictures, index: int, latents: Sequence[Latents]
) -> Coded:
    files = [pack(codec[0], codec[1], each) for each in latents]
    x_hat = (synthesise(codec[0], latents) * 255).round().to(torch.uint8)
    return Coded(
        float(index),
        list(x_hat.permute(0, 2, 3, 1).contiguous().numpy()),
        np.array([file.file_bytes for file in files], float),
        np.array([file.payload_bytes for file in files], float),
        [None] * len(chunk),
        [picture.shape[0] for picture in chunk.judged],
    )


def _part_path(plan: Plan, chunk: Pictures, index: int, classifiers: Sequence[Classifier]) -> Path:
    prints = [
        checkpoints.card(BASE_CODEC).fingerprint,
        *(classifier.fingerprint for classifier in classifiers),
    ]
    code = source_fingerprint(["codec/aimed.py", "codec/refined.py", "recognition/aims.py"])
    key = json.dumps([asdict(plan.aim), plan.aimed_at, index, prints, chunk.names, code])
    key = hashlib.sha256(key.encode()).hexdigest()[:16]
    return state_folder() / "aimed" / f"{chunk.data}-{chunk.split}-{index}-{key}.parquet"
