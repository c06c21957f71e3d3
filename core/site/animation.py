"""The sweep of a face as an animation: from the most bits to the fewest, with what is read."""

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from core.evaluation.measuring.versions import Coded, Picture
from core.expressions import EXPRESSIONS
from core.formatting import percent, size

SIDE = 256
"""Pixels of the face in a frame; under it stand two lines."""

_LINES, _MILLISECONDS, _PAUSE = 52, 220, 1400


def animation(face: Picture, side: Coded) -> bytes:
    """A GIF that ends where it began: the original, then every setting from the most bits down."""
    frames = [_frame(face.pixels, "Original", side.before)]
    frames += [
        _frame(
            point.picture, f"{side.version.title}: {size(point.file_bytes)}", point.probabilities
        )
        for point in reversed(side.points)
    ]
    times = [_PAUSE, *[_MILLISECONDS] * (len(frames) - 2), _PAUSE]
    buffer = io.BytesIO()
    frames[0].save(
        buffer,
        "gif",
        save_all=True,
        append_images=frames[1:],
        duration=times,
        loop=0,
        optimize=True,
    )
    return buffer.getvalue()


def strip(face: Picture, side: Coded, number: int) -> bytes:
    """A PNG of the original and some settings side by side, evenly over the bytes, for a document."""
    sizes = np.geomspace(side.points[-1].file_bytes, side.points[0].file_bytes, number - 1)
    chosen = [side.within(bytes_) for bytes_ in sizes]
    frames = [_frame(face.pixels, "Original", side.before)]
    frames += [
        _frame(point.picture, size(point.file_bytes), point.probabilities) for point in chosen
    ]
    gap = 10
    sheet = Image.new("RGB", ((SIDE + gap) * len(frames) - gap, SIDE + _LINES), "white")
    for place, frame in enumerate(frames):
        sheet.paste(frame, (place * (SIDE + gap), 0))
    buffer = io.BytesIO()
    sheet.quantize(192, dither=Image.Dither.NONE).save(buffer, "png", optimize=True)
    return buffer.getvalue()


def _frame(pixels: np.ndarray, title: str, probabilities: np.ndarray) -> Image.Image:
    height, width = pixels.shape[:2]
    scale = SIDE / max(height, width)
    enlarged = Image.fromarray(pixels).resize(
        (round(width * scale), round(height * scale)), Image.Resampling.NEAREST
    )
    frame = Image.new("RGB", (SIDE, SIDE + _LINES), "white")
    frame.paste(enlarged, ((SIDE - enlarged.width) // 2, (SIDE - enlarged.height) // 2))
    best = int(probabilities.argmax())
    draw, font = ImageDraw.Draw(frame), ImageFont.load_default(17)
    draw.text((4, SIDE + 4), title[:30], "#333333", font)
    draw.text(
        (4, SIDE + 26), f"{EXPRESSIONS[best]} {percent(probabilities[best], 0)}", "black", font
    )
    return frame
