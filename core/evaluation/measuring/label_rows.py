"""The rows of the method ``label``: what is read on the mean face of what was read on the original."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from core import checkpoints
from core.evaluation.measuring.cases import BASE_CLASSIFIER, Case
from core.evaluation.measuring.label_codec import coded, load_label_codec
from core.evaluation.measuring.pictures import ORDER_SEED, Pictures
from core.evaluation.measuring.readings import ReadingsCard, write_readings
from core.evaluation.measuring.rereading import readings_of
from core.evaluation.measuring.rounding import one_thread
from core.evaluation.measuring.rows import rows_of
from core.evaluation.measuring.run import measuring_code
from core.evaluation.measuring.table import Provenance, write_results
from core.recognition import find_classifier, known_classifiers
from core.recognition.contract import STRANGER

CASE = Case("label", "label", BASE_CLASSIFIER)


def measure_label(
    pictures: Sequence[Pictures], *, folder: Path | None = None, command: str = ""
) -> Path:
    """Write the table ``label`` and what strangers say of its faces; return the table's path."""
    codec, card = load_label_codec()
    base = find_classifier(BASE_CLASSIFIER)
    strangers = [
        find_classifier(known.id) for known in known_classifiers() if known.kind == STRANGER
    ]
    rows, said = [], []
    with one_thread():
        # what is drawn is one of seven faces: each is read once
        drawn = list(codec.draw(range(len(codec.faces))))
        of_class = {classifier.id: classifier.read(drawn) for classifier in [base, *strangers]}
        for part in pictures:
            classes = base.read(part.judged).argmax(axis=1)
            for each in coded(codec, part, classes):
                rows.append(rows_of(CASE, part, each, of_class[base.id][classes]))
                said += [
                    readings_of(
                        part.names, part.labels, of_class[classifier.id][classes], classifier.id
                    ).assign(
                        data=part.data,
                        split=part.split,
                        method=CASE.method,
                        gamma=float("nan"),
                        seed=pd.array([None] * len(part), dtype="Int16"),
                        quality_index=each.quality_index,
                    )
                    for classifier in strangers
                ]
    provenance = Provenance(
        version=measuring_code(),
        seed=ORDER_SEED,
        data={f"{part.data}/{part.split}": part.fingerprint for part in pictures},
        checkpoints={BASE_CLASSIFIER: checkpoints.card(BASE_CLASSIFIER).fingerprint},
        command=command,
        notes={"mean_faces": card["fingerprint"]},
    )
    path = write_results(pd.concat(rows, ignore_index=True), CASE.name, provenance, folder)
    if said:
        read = ReadingsCard(
            measuring_code(), command, {}, {r.id: r.fingerprint for r in strangers}, {}
        )
        write_readings(pd.concat(said, ignore_index=True), CASE.name, read, folder)
    return path
