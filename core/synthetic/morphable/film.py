"""What a camera and a codec do to a picture: blur, noise, few pixels, JPEG, video, no colour."""

import io
from fractions import Fraction

import av
import numpy as np
from PIL import Image, ImageFilter

from core.picture_files import FORMATS


def jpeg(picture: np.ndarray, quality: int) -> np.ndarray:
    """``picture``, uint8 (H, W, 3) or (H, W), after one pass of JPEG."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file, formats=FORMATS))


def add_noise(picture: np.ndarray, sigma: float, rng: np.random.Generator) -> np.ndarray:
    """``picture`` uint8 with Gaussian noise of ``sigma`` levels."""
    noise = rng.standard_normal(picture.shape, np.float32) * np.float32(sigma)
    return np.clip(picture + noise + 0.5, 0, 255).astype(np.uint8)


def resize(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """``picture`` uint8 at another size, bicubic."""
    return np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.BICUBIC))


def filmed(picture: np.ndarray, crf: int) -> np.ndarray:
    """``picture``, uint8 (H, W, 3) of even sides, as the first frame of an H.264 film shows it."""
    height, width = picture.shape[:2]
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.time_base, encoder.framerate = Fraction(1, 25), Fraction(25)
    encoder.options = {
        "crf": str(crf),
        "preset": "superfast",
        "threads": "1",
        "tune": "zerolatency",
    }
    packets = [*encoder.encode(av.VideoFrame.from_ndarray(picture, "rgb24")), *encoder.encode(None)]
    decoder = av.CodecContext.create("h264", "r")
    frames = [frame for packet in packets for frame in decoder.decode(packet)]
    return (frames or decoder.decode(None))[0].to_ndarray(format="rgb24")


def motion_blur(picture: np.ndarray, x: float, y: float) -> np.ndarray:
    """``picture`` uint8 smeared along a way of (x, y) pixels."""
    steps = max(2, int(np.hypot(x, y)) + 1)
    total = np.zeros(picture.shape, np.float32)
    for part in np.linspace(-0.5, 0.5, steps):
        total += np.roll(picture, (round(part * y), round(part * x)), (0, 1))
    return (total / steps + 0.5).astype(np.uint8)


def film(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """``picture``, uint8 (H, W, 3), as a moving camera and a video codec hand it on; same size."""
    if rng.random() < 0.12:
        way, angle = rng.uniform(1.5, 7), rng.uniform(0, np.pi)
        picture = motion_blur(picture, way * np.cos(angle), way * np.sin(angle))
    picture = degrade(picture, rng)
    if rng.random() < 0.15:
        picture = filmed(np.ascontiguousarray(picture), int(rng.integers(22, 44)))
    return picture


def degrade(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """``picture``, uint8 (H, W, 3), as cameras and codecs of all kinds hand it on; same size."""
    height, width = picture.shape[:2]
    if rng.random() < 0.3:
        blurred = Image.fromarray(picture).filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.6)))
        picture = np.asarray(blurred)
    if rng.random() < 0.2:
        part = rng.uniform(0.3, 0.9)
        small = resize(picture, max(16, int(height * part)), max(16, int(width * part)))
        picture = resize(small, height, width)
    if rng.random() < 0.4:
        picture = add_noise(picture, rng.uniform(1, 10), rng)
    if rng.random() < 0.4:
        picture = jpeg(picture, int(rng.integers(25, 95)))
    if rng.random() < 0.3:
        grey = np.asarray(Image.fromarray(picture).convert("L"))
        picture = np.repeat(grey[..., None], 3, axis=2)
    return picture
