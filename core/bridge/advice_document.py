"""An advice as JSON and as one HTML page, read back again, and those that ship."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pandas as pd
from jinja2 import Environment, PackageLoader

from core.bridge.advice import HOURS, Advice, Judgement, terabytes
from core.bridge.advice_text import command_lines, meter_sentence, sentence, size_in_words, table
from core.bridge.plan import Size
from core.bridge.recording_study import COLUMNS, RecordingStudy
from core.bridge.recordings import Recording
from core.bridge.store import digest
from core.bridge.work import clip_names
from core.clip_documents import cohort_advice, filmed_advice, read_shipped, sample_advice
from core.errors import InputError
from core.face.series import weights_used
from core.face.units.validation import trusted_units
from core.provenance import code_version

SCHEMA = "expressrate/recording-advice/1"


def as_document(
    advice: Advice, clips: Sequence[Path], command: str, study: RecordingStudy | None = None
) -> dict:
    """Everything as JSON: criteria, settings, noise, advice, provenance (``docs/documents.md``)."""
    best = advice.best
    names = clip_names(clips)
    noise = advice.noise.reset_index(names="unit").to_dict("records")
    return {
        "schema": SCHEMA,
        "command": command,
        "version": code_version(),
        "clips": [
            {"file": path.name, "sha256": digest(path), **_size(advice.sizes.get(name))}
            for name, path in names.items()
        ],
        "weights": weights_used(emotions=False),
        "criteria": asdict(advice.criteria),
        "sentence": sentence(advice),
        "meter": meter_sentence(advice),
        "advice": None
        if best is None
        else {**_row(best), "ffmpeg": command_lines(best.recording, advice.sizes)},
        "original_megabytes_a_minute": advice.original_megabytes_a_minute,
        "hours": HOURS,
        "settings": table(advice).to_dict("records"),
        "noise": noise,
        "study": None
        if study is None
        else {"sentence": study.sentence, "units": study.table.to_dict("records")},
    }


def as_html(
    advice: Advice, clips: Sequence[Path], command: str, study: RecordingStudy | None = None
) -> str:
    """One self-contained page."""
    page = Environment(loader=PackageLoader("core.bridge"), autoescape=True)
    page.filters["size"] = size_in_words
    best = advice.best
    return page.get_template("advice.html").render(
        sentence=sentence(advice),
        command=command,
        version=code_version(),
        meter=meter_sentence(advice),
        ffmpeg=None if best is None else command_lines(best.recording, advice.sizes),
        criteria=advice.criteria,
        rows=table(advice).to_dict("records"),
        noise=advice.noise.loc[list(advice.criteria.units)]
        .reset_index(names="unit")
        .to_dict("records"),
        clips=[path.name for path in clips],
        hours=HOURS,
        study=None if study is None else study.sentence,
    )


def _size(size: Size | None) -> dict:
    return {} if size is None else asdict(size)


def _row(judgement: Judgement) -> dict:
    return {**asdict(judgement), "terabytes": terabytes(judgement)}


def is_advice(content: bytes) -> bool:
    """Whether a file is a document of :func:`as_document`."""
    try:
        return json.loads(content)["schema"] == SCHEMA
    except (ValueError, KeyError, TypeError):
        return False


def read_study_of_advice(content: bytes, name: str) -> RecordingStudy:
    """The study in a document of :func:`as_document`.

    Raises InputError, naming the file, for a document without one and for a damaged one.
    """
    try:
        document = json.loads(content)
        study, advice = document["study"], document["advice"]
        if advice is None:
            raise InputError(f"{name}: no setting was advised, so no groups were compared at one.")
        if study is None:
            raise InputError(f"{name} compares no groups: search again with --labels.")
        table = pd.DataFrame(study["units"])[list(COLUMNS)]
        table = table.astype(dict.fromkeys(COLUMNS[1:-1], float))
        clips = len(document["clips"])
        return RecordingStudy(_recording(advice["recording"]), table, clips, trusted_units())
    except (ValueError, KeyError, TypeError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"{name} is not what `python -m core.bridge advise CLIPS --labels labels.csv --json "
            "OUT.json` writes."
        ) from None


def _recording(stored: dict) -> Recording:
    before = stored.get("before")
    return Recording(**{**stored, "before": before and _recording(before)})


def shipped_advice() -> list[dict]:
    """The advice that ships, as :func:`as_document` made it: for the sample clip, a rendered cohort and
    two filmed people.
    """
    documents = []
    for path in (sample_advice(), cohort_advice(), filmed_advice()):
        try:
            document = read_shipped(path).content
        except InputError:
            continue
        if document.get("schema") == SCHEMA:
            documents.append(document)
    return documents
