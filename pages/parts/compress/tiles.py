"""Every way to store a face side by side, in the same bytes: our trainings and the other codecs."""

import io
import re
import zipfile
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from core import formatting, methods
from core.checkpoints import Card
from core.codec import classical, file_format
from core.codec.latents import analyse
from core.codec.pictures import png
from core.codec.rate_control import encode_within
from core.csv_cells import csv
from core.errors import InputError
from core.evaluation.measuring.metrics import psnr
from core.evaluation.measuring.versions import Coded, Picture, Point
from core.evaluation.readings import Reading, companions
from core.expressions import EXPRESSIONS
from core.recognition.known import described
from pages.parts.shared import classifiers, models
from pages.parts.shared.caching import cache_by_owner

_WIDTH = 152  # pixels; two a row on a narrow screen


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """One codec's version of the face; ``fits``: within the bytes that were asked for."""

    picture: np.ndarray
    file_bytes: int
    psnr: float
    probabilities: np.ndarray
    fits: bool = True


def show_tiles(face: Picture, side: Coded, point: Point, classifier: str | None = None) -> None:
    """The trainings and the other codecs within the bytes of ``point``; ``classifier`` reads them all."""
    read_by = (
        f"Each training is read by its own classifier, the other codecs by "
        f"{described(side.classifier)}."
        if classifier is None
        else f"All are read by {described(classifier)}."
    )
    st.subheader(f"All in {formatting.size(point.file_bytes)}", anchor=False)
    st.caption(
        "The largest file of each that is not above the right side's, headers counted; where even the "
        "smallest is larger, that one is shown and marked. " + read_by
    )
    tiles: dict[str, Tile] = {}
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=_WIDTH, gap="small"):
            st.image(png(face.pixels), width=_WIDTH, alt="The original face")
            st.markdown(f"**{methods.name_of('original')}**  \n{most_likely(side.before)}")
        for reading in companions(side.version.reading):
            here = side.version.reading == reading
            tile = (
                _of_point(point)
                if here
                else _learned_tile(
                    face, reading, point.file_bytes, classifier or reading.classifier
                )
            )
            tiles[reading.name] = tile
            _show_tile(reading.name + (" (right side)" if here else ""), tile)
        for method in methods.CLASSICAL:
            tile = _classical(
                face.digest,
                method,
                side.classifier,
                point.file_bytes,
                face.pixels,
                shared=face.shared,
            )
            tiles[methods.name_of(method)] = tile
            _show_tile(methods.name_of(method), tile)
    st.download_button(
        "Decoded pictures of all (ZIP)", lambda: _zipped(face, tiles), "expressrate-decoded.zip",
        "application/zip", icon=":material/folder_zip:", key="tiles_zip", on_click="ignore",
        help="The original and what each codec gives back, as PNG, with a table of bytes and readings.",
    )  # fmt: skip


def _zipped(face: Picture, tiles: dict[str, Tile]) -> bytes:
    """Every decoded picture, and a table of what stands beside them."""
    rows = [
        {
            "codec": name, "file_bytes": tile.file_bytes, "psnr": round(tile.psnr, 3),
            "read": EXPRESSIONS[tile.probabilities.argmax()],
            "probability": round(float(tile.probabilities.max()), 4), "within_the_bytes": tile.fits,
        }
        for name, tile in tiles.items()
    ]  # fmt: skip
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("original.png", png(face.pixels))
        for name, tile in tiles.items():
            archive.writestr(f"{_file_name(name)}.png", png(tile.picture))
        archive.writestr("table.csv", csv(pd.DataFrame(rows)))
    return buffer.getvalue()


def _file_name(name: str) -> str:
    """``codec-tuned-gamma-0.1``: letters, digits, dots and dashes alone, for any system."""
    return re.sub("[^a-z0-9.]+", "-", name.lower().replace("γ", "gamma"))


def most_likely(probabilities: np.ndarray) -> str:
    """``happy (98%)``."""
    best = int(probabilities.argmax())
    return f"{EXPRESSIONS[best]} ({formatting.percent(probabilities[best], 0)})"


def _of_point(point: Point) -> Tile:
    return Tile(point.picture, point.file_bytes, point.psnr, point.probabilities)


def _show_tile(name: str, tile: Tile) -> None:
    with st.container(width=_WIDTH, gap="small"):
        st.image(png(tile.picture), width=_WIDTH, alt=f"The face as {name} stores it")
        st.markdown(
            f"**{name}**  \n{formatting.size(tile.file_bytes)}  \n"
            f"{formatting.decibels(tile.psnr)}  \n{most_likely(tile.probabilities)}"
        )
        if not tile.fits:
            st.badge("cannot be smaller", color="orange")


def _learned_tile(face: Picture, reading: Reading, file_bytes: int, classifier: str) -> Tile:
    loaded = classifiers.classifier(classifier)
    key = face.digest, reading.codec.fingerprint, loaded.id, loaded.fingerprint
    return _learned(*key, file_bytes, face.pixels, reading.codec, shared=face.shared)


@cache_by_owner(max_entries=128, show_spinner=False)
def _learned(
    digest: str,
    fingerprint: str,
    classifier: str,
    classifier_id: str,
    target_bytes: int,
    _pixels: np.ndarray,
    _codec: Card,
) -> Tile:
    """A learned codec's best file of at most ``target_bytes``, its smallest where none is."""
    codec = models.codec(_codec)
    analysis = analyse(codec, _pixels)
    height, width = _pixels.shape[:2]
    try:
        # a hair above, so that the division back to bits per pixel cannot lose the byte
        target = 8 * (target_bytes + 0.5) / (height * width)
        file = encode_within(codec, fingerprint, analysis, target)
    except InputError:
        file = file_format.encode(codec, fingerprint, analysis, 0)
    picture = file_format.decode(codec, fingerprint, file.payload)
    db = float(psnr(_pixels[None], picture[None])[0])
    fits = file.file_bytes <= target_bytes
    return Tile(
        picture, file.file_bytes, db, classifiers.classifier(classifier).read([picture])[0], fits
    )


@cache_by_owner(max_entries=256, show_spinner="Asking the other codecs …")
def _classical(
    digest: str, method: str, classifier: str, target_bytes: int, _pixels: np.ndarray
) -> Tile:
    file = classical.at_bits(_pixels, method, target_bytes)
    picture = np.array(classical.decode(file.payload, method))
    db = float(psnr(_pixels[None], picture[None])[0])
    probabilities = classifiers.classifier(classifier).read([picture])[0]
    return Tile(picture, len(file.payload), db, probabilities, file.fits)
