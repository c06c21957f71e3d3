"""One face over quality and gamma, and where the bits went."""

import base64
import hashlib
import html

import numpy as np
import streamlit as st

from core import checkpoints
from core.codec.pictures import png
from core.evaluation.measuring.sweep import OperatingPoint
from core.evaluation.measuring.versions import Picture
from core.evaluation.plots import weight_plots
from core.evaluation.readings import Reading, readings
from core.expressions import EXPRESSIONS
from core.face.crop import face_or_middle
from core.formatting import percent
from core.gallery import Entry, faces, folder
from pages.parts.compress import versions
from pages.parts.compress.pictures import read
from pages.parts.shared import gallery, plot, regimes
from pages.parts.shared.frame import fragment

SHOWN = (0, 23, 70, 116, 185, 255)
_STYLE = """
<style>
.weights { overflow-x: auto; }
.weights table { border-collapse: collapse; font-size: 0.8rem; }
.weights th { font-weight: 600; text-align: left; padding: 0 0.9rem 0.3rem 0; white-space: nowrap; }
.weights td { padding: 0 0.5rem 0.6rem 0; vertical-align: top; line-height: 1.3; }
.weights img { width: 104px; height: 104px; image-rendering: pixelated; border-radius: 6px;
  display: block; margin-bottom: 0.2rem; }
.weights .other { font-weight: 600; }
@media (max-width: 640px) {
  .weights th[scope=row] { white-space: normal; width: 5.5rem; min-width: 5.5rem; padding-right: 0.5rem;
    position: sticky; left: 0; background: var(--st-background-color, Canvas); }
}
</style>
"""


def show_faces() -> None:
    """A face of the gallery at every weight and quality, and the change of its bits."""
    st.subheader("One face over quality and γ", anchor=False)
    entries = faces()
    if not entries:
        st.info(f"There is no gallery in {folder()}. {checkpoints.RESTORE}", icon=":material/face:")
        return
    face = _square(gallery.choose_face(entries))
    offered = readings()
    methods = [m for m in ("joint", "codec") if any(reading.method == m for reading in offered)]
    regime = methods[0] if methods else "baseline"
    if len(methods) > 1:
        names = {regimes.NAMES[method]: method for method in methods}
        regime = names[
            st.segmented_control(
                "Rows of the grid",
                list(names),
                default=next(iter(names)),
                required=True,
                key="rows",
                bind="query-params",
                help=regimes.HELP,
            )
        ]
    rows = [reading for reading in offered if reading.method in ("baseline", "control", regime)]
    _grid(face, rows)
    if regime != "baseline":
        _bits(face, [reading for reading in rows if reading.method in ("baseline", regime)])


def _grid(face: Picture, rows: list[Reading]) -> None:
    lines = []
    for reading in rows:
        sweep = versions.sweep_of(face, reading, SHOWN)
        was = int(sweep.probabilities.argmax())
        cells = "".join(_cell(point, was) for point in sweep.points)
        lines.append(f'<tr><th scope="row">{html.escape(_row_name(reading))}</th>{cells}</tr>')
    head = "".join(f'<th scope="col">Quality {index}</th>' for index in SHOWN)
    st.html(
        f'{_STYLE}<div class="weights" role="region" aria-label="The face at every weight and '
        f'quality" tabindex="0"><table><tr><td></td>{head}</tr>{"".join(lines)}</table></div>'
    )
    st.caption(
        "Bytes of the whole file, and what the classifier of that row reads; in bold where it is not "
        "what it reads on the original."
    )


def _cell(point: OperatingPoint, was: int) -> str:
    now = int(point.probabilities.argmax())
    picture = base64.b64encode(png(point.picture)).decode()
    text = f"{point.file.file_bytes} B, {point.psnr:.1f} dB"
    kind = "" if now == was else ' class="other"'
    return (
        f'<td><img src="data:image/png;base64,{picture}" '
        f'alt="Quality {point.quality_index}, {text}">{text}<br>'
        f"<span{kind}>{EXPRESSIONS[now]} {percent(point.probabilities[now], 0)}</span></td>"
    )


@fragment
def _bits(face: Picture, rows: list[Reading]) -> None:
    """The last row's bits minus the baseline's, at the same bytes."""
    tuned = [reading for reading in rows if reading.method != "baseline"]
    baseline = next((reading for reading in rows if reading.method == "baseline"), None)
    if baseline is None or not tuned:
        return
    st.subheader("Where the bits went", anchor=False)
    quality_index = st.select_slider(
        "At the quality",
        SHOWN,
        value=SHOWN[2],
        key="bits_at",
        bind="query-params",
        width=320,
        help="Of the tuned codec; the baseline is taken at the quality that costs as much.",
    )
    many = versions.sweep_of(face, baseline)
    pairs = []
    for reading in tuned:
        point = versions.sweep_of(face, reading, SHOWN).nearest(quality_index)
        same = min(many.points, key=lambda r, n=point: abs(r.file.file_bytes - n.file.file_bytes))
        pairs.append((reading, same, point))
    most = max(float(np.abs(point.cells - same.cells).max()) for _, same, point in pairs)
    for column, (reading, same, point) in zip(st.columns(max(3, len(tuned))), pairs, strict=False):
        with column:
            plot.draw(
                weight_plots.bit_change(face.pixels, same.cells, point.cells, most),
                key=f"bits_{reading.method}_{reading.weight:g}",
                alt="Change of the bits in each square of 16 by 16 pixels",
            )
            st.caption(
                f"{_row_name(reading)}: {point.file.file_bytes} bytes, against the baseline's "
                f"{same.file.file_bytes}."
            )
    st.caption(
        "Bits of each square of 16 × 16 pixels that were added (orange) or taken away (blue), by one "
        f"scale: {most:.1f} bits have the full colour."
    )


def _row_name(reading: Reading) -> str:
    name = regimes.NAMES.get(reading.method, reading.method)
    return f"{name}, γ = {reading.weight:g}" if reading.method in ("codec", "joint") else name


def _square(entry: Entry) -> Picture:
    picture = read(entry.title, (folder() / entry.file).read_bytes(), shared=True)
    pixels = _cropped(picture.digest, picture.pixels)
    return Picture(
        picture.name, pixels, hashlib.sha256(pixels.tobytes()).hexdigest(), picture.shared
    )


@st.cache_resource(max_entries=32, show_spinner="Looking for the face …")
def _cropped(digest: str, _pixels: np.ndarray) -> np.ndarray:
    return face_or_middle(_pixels)
