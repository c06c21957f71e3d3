"""Small videos that are odd in one way each, as cameras, phones and accidents make them."""

import io
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

RATE = 25


def moving(count: int = 48, height: int = 96, width: int = 128) -> list[np.ndarray]:
    """Pictures with texture that moves, so that later ones are built upon earlier ones.

    The first rows tell a picture's number by their brightness.
    """
    texture = np.random.default_rng(0).integers(30, 220, (height, width, 3), dtype=np.uint8)
    smooth = np.asarray(Image.fromarray(texture).resize((width // 4, height // 4)))
    smooth = np.asarray(Image.fromarray(smooth).resize((width, height), Image.Resampling.BICUBIC))
    pictures = []
    for number in range(count):
        picture = np.roll(smooth, 2 * number, axis=1).copy()
        picture[: height // 4] = 10 + 5 * number
        pictures.append(picture)
    return pictures


def number_of(picture: np.ndarray) -> int:
    """Which of :func:`moving`'s pictures this is."""
    height, width = picture.shape[:2]
    level = float(np.median(picture[: height // 6, width // 4 : -width // 4]))
    return round((level - 10) / 5)


def encode(
    path: Path,
    pictures,
    *,
    codec: str = "libx264",
    options: dict | None = None,
    aspect: Fraction | None = None,
    first: float = 0.0,
    sound: bool = False,
    change=None,
    container_options: dict | None = None,
) -> Path:
    """Encode pictures; ``first``: seconds at which the first is shown, ``sound`` beginning at 0;
    ``change(number, packet bytes)`` alters packets before they are written, None drops one.
    """
    with av.open(str(path), "w", options=container_options or {}) as container:
        stream = container.add_stream(codec, rate=RATE)
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.options = options if options is not None else {"preset": "medium", "threads": "1"}
        if aspect:
            stream.codec_context.sample_aspect_ratio = aspect
        if sound:
            _add_silence(container, 3.0)
        number = 0
        for picture in [*pictures, None]:
            frame = None
            if picture is not None:
                frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            for packet in stream.encode(frame):
                content = bytes(packet) if change is None else change(number, bytes(packet))
                if content is not None:
                    container.mux(_altered(packet, content, stream, first))
                number += 1
    return path


def _altered(packet, content: bytes, stream, first: float):
    """A packet with other content, shown later by ``first`` seconds."""
    new = av.Packet(content)
    shift = round(first / packet.time_base)
    new.stream, new.time_base = stream, packet.time_base
    new.pts, new.dts = packet.pts + shift, packet.dts + shift
    new.duration, new.is_keyframe = packet.duration, packet.is_keyframe
    return new


def _add_silence(container, seconds: float) -> None:
    sound = container.add_stream("aac", rate=8000, layout="mono")
    for start in range(0, int(8000 * seconds), 1024):
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.sample_rate, frame.pts = 8000, start
        container.mux(sound.encode(frame))
    container.mux(sound.encode(None))


def still_packets(path: Path, contents: list[bytes], height: int, width: int) -> Path:
    """JPEGs as a Motion JPEG film, byte by byte as they are."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=RATE)
        stream.height, stream.width, stream.pix_fmt = height, width, "yuvj420p"
        for number, content in enumerate(contents):
            packet = av.Packet(content)
            packet.stream, packet.time_base = stream, Fraction(1, RATE)
            packet.pts = packet.dts = number
            packet.is_keyframe = True
            container.mux(packet)
    return path


def jpeg_with_exif(picture: np.ndarray, turned: int = 1) -> bytes:
    """A JPEG whose EXIF says how the camera was held (1: upright)."""
    exif = Image.Exif()
    exif[0x0112] = turned
    exif[0x010F] = "Camera"
    content = io.BytesIO()
    Image.fromarray(picture).save(content, "JPEG", exif=exif, subsampling=2)
    return content.getvalue()


def two_streams(path: Path, small, large) -> Path:
    """A file with two films in it, the small one first."""
    with av.open(str(path), "w") as container:
        streams = []
        for pictures in (small, large):
            stream = container.add_stream("libx264", rate=RATE)
            stream.height, stream.width = pictures[0].shape[:2]
            stream.pix_fmt, stream.options = "yuv420p", {"preset": "ultrafast"}
            streams.append(stream)
        for stream, pictures in zip(streams, (small, large), strict=True):
            for picture in pictures:
                frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    return path


def two_sizes(path: Path, first, second) -> Path:
    """A film whose pictures change their size in its middle, as a call over a bad line does."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libvpx", rate=RATE)
        stream.height, stream.width = first[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        number = 0
        for pictures in (first, second):
            encoder = av.CodecContext.create("libvpx", "w")
            encoder.height, encoder.width = pictures[0].shape[:2]
            encoder.pix_fmt, encoder.time_base = "yuv420p", Fraction(1, RATE)
            encoder.framerate = RATE
            encoder.options = {"deadline": "realtime", "lag-in-frames": "0", "crf": "4", "b": "2M"}
            for picture in [*pictures, None]:
                frame = None
                if picture is not None:
                    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), "rgb24")
                    frame.pts, frame.time_base = number, Fraction(1, RATE)
                    number += 1
                for packet in encoder.encode(frame):
                    packet.stream = stream
                    container.mux(packet)
    return path
