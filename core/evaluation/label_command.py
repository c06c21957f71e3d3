"""``python -m core.evaluation label``: the floor under every curve, and the limits below it."""

import argparse

import numpy as np

from core import cli
from core.errors import InputError


def add(commands) -> None:
    """The command's options."""
    label = cli.command(
        commands,
        "label",
        "measure the codec that stores the expression alone, and print the limits",
        "python -m core.evaluation label --data DATA",
    )
    cli.add_data(label, "labelled faces")
    label.add_argument("--limit", type=cli.whole(), help="at most this many faces of each split")
    label.add_argument(
        "--val", type=cli.whole(0), default=256, help="validation faces (default: 256)"
    )
    label.add_argument("--make-faces", action="store_true", help="make the mean faces again")
    cli.add_seed(label, "the training faces that are averaged")
    cli.add_json(label, "the limits")
    label.set_defaults(work=run, results=None)


def run(given: argparse.Namespace) -> None:
    """Make the mean faces where asked, write the table and its readings, print the limits."""
    from dataclasses import asdict

    import pandas as pd

    from core.evaluation.measuring.cases import BASE_CLASSIFIER
    from core.evaluation.measuring.label_rows import measure_label
    from core.evaluation.measuring.pictures import labelled_faces
    from core.evaluation.measuring.table import read_results
    from core.evaluation.results.limits import limits
    from core.folders import data_folder

    data = data_folder(given.data)
    if given.make_faces:
        _make_faces(data, given)
    pictures = [labelled_faces(data, "test", given.limit)]
    if given.val:
        pictures.append(labelled_faces(data, "val", min(given.val, given.limit or given.val)))
    path = measure_label(pictures, folder=given.results, command=given.command_line)
    rows = read_results(given.results)
    chosen = rows[
        (rows["method"] == "original")
        & (rows["classifier"] == BASE_CLASSIFIER)
        & (rows["data"] == pictures[0].data)
        & (rows["split"] == "test")
    ]
    if chosen.empty:
        raise InputError("The tables hold no originals: python -m core.evaluation run writes them.")
    bounds = limits(chosen)
    label = rows[(rows["method"] == "label") & (rows["split"] == "test")]
    right = label["prediction"].astype(str) == label["label"].astype(str)
    table = pd.DataFrame({"bytes": label["file_bytes"], "right": right})
    by = table.groupby(label["quality_index"]).mean()
    cli.write_json(
        {
            **asdict(bounds),
            "label": by.rename_axis("quality_index").reset_index().to_dict("records"),
        },
        given.json,
    )
    if str(given.json) == "-":
        return
    print(f"wrote {path}")
    for index, row in by.iterrows():
        what = "64 faces a file" if index == 0 else "one face a file"
        print(f"label, {what}: {row['bytes']:.3f} bytes a face, accuracy {row['right']:.2%}")
    print(
        f"The class that is read holds {bounds.label_bits:.3f} bits; naming it in "
        f"{bounds.agreement:.0%} of the cases takes {bounds.agreement_bits:.3f} bits; being right as "
        f"often as {bounds.agreement:.0%} of {bounds.accuracy:.2%} takes {bounds.accuracy_bits:.3f}."
    )


def _make_faces(data, given: argparse.Namespace) -> None:
    from core.data.faces import clean, read_faces
    from core.evaluation.measuring.cases import BASE_CLASSIFIER
    from core.evaluation.measuring.label_codec import save_label_codec
    from core.evaluation.measuring.mean_faces import make_mean_faces
    from core.recognition import load_classifier

    faces = clean(read_faces(data)).split("train")
    if faces.pixels.ndim != 3:
        faces = _grey(faces)
    classifier, card = load_classifier(BASE_CLASSIFIER)
    codec, said = make_mean_faces(faces, classifier, given.seed)
    save_label_codec(
        codec,
        {
            "command": given.command_line,
            "seed": given.seed,
            "data": faces.fingerprint,
            "classifier": card.fingerprint,
            **said,
        },
    )


def _grey(faces):
    from dataclasses import replace

    return replace(faces, pixels=np.rint(faces.pixels.mean(axis=-1)).astype(np.uint8))
