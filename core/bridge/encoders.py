"""Video encoders as ffmpeg and PyAV name them: presets, pixel formats, and what each can hold."""

from dataclasses import dataclass

from core.errors import InputError

_X264_PRESETS = (
    "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow",
    "placebo",
)  # fmt: skip

PIXEL_FORMATS: dict[str, str] = {
    "yuv420p": "4:2:0, 8 bits",
    "yuv422p": "4:2:2, 8 bits",
    "yuv444p": "4:4:4, 8 bits",
    "yuv420p10le": "4:2:0, 10 bits",
    "yuv422p10le": "4:2:2, 10 bits",
    "yuv444p10le": "4:4:4, 10 bits",
    "gray": "grey, 8 bits",
}
"""ffmpeg's name -> what it keeps of the colours.  Not every encoder has every one."""

PLAIN = "yuv420p"
"""What every encoder and player has."""


@dataclass(frozen=True, slots=True)
class Encoder:
    """A video encoder: ffmpeg's name, its presets, options, and the range of its quality setting.

    ``coarse`` and ``fine`` are the constant rate factors with the fewest and the most bits (for
    MJPEG its quantiser); ``flag`` is ffmpeg's option for it.  ``preset`` unless another is asked
    for, one of ``presets``, which are empty where there are none.  ``full_range``: whether its
    pixel formats have the names of the full range (yuvj420p).
    """

    name: str
    coarse: int
    fine: int
    preset: str = ""
    presets: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    flag: str = "crf"
    full_range: bool = False


ENCODERS: dict[str, Encoder] = {
    "h264": Encoder("libx264", 51, 16, "medium", _X264_PRESETS),
    "hevc": Encoder(
        "libx265", 51, 16, "medium", _X264_PRESETS,
        (("x265-params", "log-level=none:info=0:pools=none"),),
    ),
    "av1": Encoder("libsvtav1", 63, 20, "8", tuple(map(str, range(14)))),
    "mjpeg": Encoder("mjpeg", 31, 2, flag="q:v", full_range=True),
}  # fmt: skip
"""Method -> encoder.  With a thread pool x265 crashes the process sooner or later on short films."""

FILM_METHODS = ("h264", "hevc", "av1")
"""Those that are tried unless told otherwise."""


def preset_problem(method: str, preset: str) -> str | None:
    """Why the encoder of ``method`` has no such preset; None where it has."""
    encoder = ENCODERS[method]
    if preset in encoder.presets:
        return None
    if not encoder.presets:
        return f"{encoder.name} has no presets, and {preset!r} is asked for"
    return f"{encoder.name} has no preset {preset!r}, only {', '.join(encoder.presets)}"


def pixels_problem(method: str, pixels: str) -> str | None:
    """Why PyAV's encoder of ``method`` has no such pixel format; None where it has."""
    if pixels == PLAIN:
        return None
    if pixels not in PIXEL_FORMATS:
        return f"the pixel format is {pixels!r}, not one of {', '.join(PIXEL_FORMATS)}"
    held = pixel_formats(method)
    if pixels in held:
        return None
    return f"PyAV's {ENCODERS[method].name} has no pixel format {pixels}, only {', '.join(held)}"


def pixel_formats(method: str) -> tuple[str, ...]:
    """Those of :data:`PIXEL_FORMATS` that PyAV's encoder of ``method`` writes.

    Raises InputError where PyAV was built without it.
    """
    import av
    from av.codec.codec import UnknownCodecError

    encoder = ENCODERS[method]
    try:
        formats = {each.name for each in av.Codec(encoder.name, "w").video_formats or ()}
    except UnknownCodecError:
        raise InputError(
            f"PyAV was built here without the encoder {encoder.name}: choose another codec, or "
            "install PyAV from its own wheel."
        ) from None
    return tuple(name for name in PIXEL_FORMATS if written_as(method, name) in formats)


def written_as(method: str, pixels: str) -> str:
    """ffmpeg's name of a pixel format with this encoder: Motion JPEG has its own, of full range."""
    if ENCODERS[method].full_range and pixels.startswith("yuv4"):
        return "yuvj" + pixels.removeprefix("yuv")
    return pixels


def least_steps(pixels: str) -> tuple[int, int]:
    """Width and height must be multiples of these: 2 where colours are halved that way, else 1."""
    import av

    shape = av.VideoFormat(pixels, 64, 64)
    if len(shape.components) < 3:
        return 1, 1
    colour = shape.components[1]
    return 64 // colour.width, 64 // colour.height
