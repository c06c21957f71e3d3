"""``python -m core.evaluation read``: other classifiers on the files behind the tables."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from core import cli
from core.errors import InputError
from core.methods import name_of

if TYPE_CHECKING:  # help does not wait for pandas
    import pandas as pd


def add(commands) -> None:
    """The command's options."""
    read = cli.command(
        commands,
        "read",
        "let other classifiers read the files behind the result tables: strangers, or your own "
        "ONNX file (with a JSON beside it: size, channels, mean, scale, classes)",
        "python -m core.evaluation read mine.onnx --methods original baseline joint-g0.2 --json -",
    )
    read.add_argument(
        "classifiers",
        nargs="*",
        metavar="READER",
        help="ids of classifiers or MODEL.onnx (default: the base classifier and all strangers)",
    )
    cli.add_methods(read)
    cli.add_data(read, "labelled faces; without one the gallery is read")
    read.add_argument("--split", choices=("test", "val"), default="test", help="which faces")
    read.add_argument("--limit", type=cli.whole(), help="at most this many faces")
    read.add_argument("--points", type=cli.whole(2), help="at most this many points of a table")
    read.add_argument("--write", action="store_true", help="keep the readings beside the tables")
    cli.add_json(read, "curves by classifier and method")
    read.set_defaults(work=run, results=None)


def run(given: argparse.Namespace) -> None:
    """Read, print accuracies, write what was asked for."""
    import pandas as pd

    from core.evaluation.measuring.cases import cases
    from core.evaluation.measuring.readings import as_rows, read_readings
    from core.evaluation.measuring.rereading import codings, reread, table_rows, write
    from core.evaluation.measuring.table import read_results
    from core.progress import TerminalProgress
    from core.recognition.contract import OWN

    classifiers = _classifiers(given.classifiers)
    if given.write and any(classifier.kind == OWN for classifier in classifiers):
        raise InputError(
            "Only classifiers that ship are kept beside the tables: leave out --write."
        )
    pictures = _pictures(given)
    chosen = codings(cases(given.methods))
    tables: list[pd.DataFrame] = []
    with TerminalProgress() as progress:
        for case in chosen:
            rows = table_rows(case, given.results)
            asked = [classifier for classifier in classifiers if classifier.id != case.classifier]
            if rows is None or not asked:
                continue
            read = reread(case, rows, pictures, asked, points=given.points, progress=progress)
            tables.append(read.rows)
            if given.write:
                write(case, [read], asked, folder=given.results, command=given.command_line)
    if not tables:
        raise InputError("There is no table whose files could be read again.")
    readings = read_readings(given.results) if given.write else pd.concat(tables, ignore_index=True)
    there = read_results(given.results)
    there = there[(there["data"] == pictures.data) & (there["split"] == pictures.split)]
    there = there[there["image"].isin(pictures.names)]
    curves = [
        curve
        for classifier in classifiers
        for curve in _curves(as_rows(there, readings, classifier.id), classifier)
    ]
    cli.write_json({"data": pictures.data, "faces": len(pictures), "curves": curves}, given.json)
    if str(given.json) != "-":
        for curve in curves:
            _say(curve)


def _classifiers(names: Sequence[str]) -> list:
    from core.recognition import find_classifier, known_classifiers
    from core.recognition.own import load_own

    names = names or [known.id for known in known_classifiers()]
    return [load_own(n) if Path(n).suffix.lower() == ".onnx" else find_classifier(n) for n in names]


def _pictures(given: argparse.Namespace):
    from core.evaluation.measuring.pictures import gallery, labelled_faces
    from core.folders import data_folder, has_data_folder

    if given.data or has_data_folder():
        return labelled_faces(data_folder(given.data), given.split, given.limit)
    pictures = gallery(given.limit)
    if pictures is None:
        raise InputError("There is no gallery beside the checkpoints: pass --data FOLDER.")
    return pictures


def _curves(rows: "pd.DataFrame", classifier) -> list[dict]:
    import pandas as pd

    from core.evaluation.results.curves import originals, points

    if rows.empty:
        return []
    first = originals(rows, classifier.id)
    operating_points = points(rows)
    key = ["method", "gamma", "seed"]
    return [
        {
            "reader": classifier.id,
            "title": classifier.title,
            **dict(zip(key, (None if pd.isna(v) else v for v in names), strict=True)),
            "originals": first,
            "points": part[["quality_index", "bpp", "bytes", "quality", "low", "high", "images"]]
            .rename(columns={"quality": "accuracy"})
            .to_dict("records"),
        }
        for names, part in operating_points.groupby(key, observed=True, dropna=False, sort=False)
    ]


def _say(curve: dict) -> None:
    gamma = "" if curve["gamma"] is None else f" (gamma {curve['gamma']:g})"
    accuracies = ", ".join(f"{p['bytes']:.0f} B {p['accuracy']:.1%}" for p in curve["points"])
    print(
        f"{name_of(curve['method'])}{gamma} read by {curve['title']}: {accuracies}; "
        f"originals {curve['originals']:.1%}"
    )
