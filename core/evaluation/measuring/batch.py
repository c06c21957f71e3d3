"""Many pictures at once: each stored, decoded and read, all in one ZIP with a table."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np
import pandas as pd

from core.codec import classical, file_format, pictures
from core.codec.loading import load_codec
from core.csv_cells import csv
from core.errors import InputError
from core.evaluation.measuring.metrics import psnr
from core.evaluation.measuring.versions import Version, classifier_of
from core.expressions import EXPRESSIONS
from core.face.crop import face_or_middle
from core.progress import Progress
from core.recognition import load_classifier, read_pictures


@dataclass(frozen=True, slots=True)
class Given:
    """A picture file as it came."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """What came of many: the ZIP, how many pictures it holds, and a sentence for each that it lacks."""

    content: bytes
    stored: int
    problems: tuple[str, ...]


def store_all(
    given: Sequence[Given], version: Version, setting: float, progress: Progress | None = None
) -> Batch:
    """Every picture as ``version`` stores it at one setting (a quality index for our codecs).

    The ZIP holds ``stored/NAME.xpr`` (or of the codec's kind), ``decoded/NAME.png`` and ``table.csv``: a
    row a picture, with bytes, bit/pixel, PSNR and what is read on its largest face (its middle where
    none is found) before and after.  A picture that cannot be read or stored has a row that says why.
    Raises InputError where none can be stored.
    """
    store = _Storer(version, setting)
    rows, problems, used = [], [], set()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, each in enumerate(given):
            if progress is not None:
                progress(place, len(given), each.name)
            try:
                row, payload, decoded = store.stored(each)
            except InputError as error:
                problems.append(str(error))
                rows.append({"picture": each.name, "problem": str(error)})
                continue
            stem = _stem(each.name, used)
            archive.writestr(f"stored/{stem}{version.extension}", payload)
            archive.writestr(f"decoded/{stem}.png", pictures.png(decoded))
            rows.append(row | {"stored as": stem + version.extension})
        archive.writestr("table.csv", csv(pd.DataFrame(rows).convert_dtypes()))
    if len(problems) == len(rows):
        raise InputError(" ".join(["No picture could be stored.", *problems]))
    return Batch(buffer.getvalue(), len(rows) - len(problems), tuple(problems))


class _Storer:
    """A codec and a classifier, loaded once."""

    def __init__(self, version: Version, setting: float) -> None:
        self._version, self._setting = version, setting
        self._classifier, _ = load_classifier(classifier_of(version, version))
        if version.reading is not None:
            self._codec, self._card = load_codec(version.reading.codec.id)

    def stored(self, each: Given) -> tuple[dict, bytes, np.ndarray]:
        """The row, the file and the decoded picture.  Raises InputError, naming the picture."""
        pixels = pictures.read(each.content, each.name).pixels
        payload, decoded = self._coded(pixels)
        before, after = read_pictures(
            self._classifier, [face_or_middle(pixels), face_or_middle(decoded)]
        )
        height, width = pixels.shape[:2]
        row = {
            "picture": each.name, "width": width, "height": height,
            "codec": self._version.title, "setting": self._setting, "file_bytes": len(payload),
            "bpp": round(8 * len(payload) / (height * width), 5),
            "psnr": round(float(psnr(pixels[None], decoded[None])[0]), 3),
            "read_on_original": EXPRESSIONS[before.argmax()],
            "probability_on_original": round(float(before.max()), 4),
            "read_on_decoded": EXPRESSIONS[after.argmax()],
            "probability_on_decoded": round(float(after.max()), 4),
        }  # fmt: skip
        return row, payload, decoded

    def _coded(self, pixels: np.ndarray) -> tuple[bytes, np.ndarray]:
        if self._version.reading is None:
            payload = classical.encode(pixels, self._version.method, self._setting)
            return payload, np.asarray(classical.decode(payload, self._version.method))
        mark = self._card.fingerprint
        payload = file_format.encode(self._codec, mark, pixels, round(self._setting)).payload
        return payload, file_format.decode(self._codec, mark, payload)


def _stem(name: str, used: set[str]) -> str:
    """The name without folders and kind, told apart from those that were used, whatever their case."""
    plain = "".join(c if c.isalnum() or c in "-_ ." else "-" for c in PurePath(name).stem)[:80]
    plain = plain.strip(" .") or "picture"
    stem, number = plain, 2
    while stem.casefold() in used:
        stem, number = f"{plain}-{number}", number + 1
    used.add(stem.casefold())
    return stem
