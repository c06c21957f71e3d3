"""Curves that others measured and published, beside ours where both stand on the same pictures."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Published:
    """Somebody's curve: mean bits per pixel of the file and mean quality over the pictures of a set.

    ``source`` says where it stands, word for word enough to be found.
    """

    name: str
    data: str
    quality: str
    bpp: tuple[float, ...]
    values: tuple[float, ...]
    source: str


PUBLISHED = (
    Published(
        name="mbt2018-mean, as CompressAI publishes it",
        data="kodak",
        quality="psnr",
        bpp=(0.12392, 0.19798, 0.30724, 0.46061, 0.66167, 0.91440, 1.23421, 1.61909),
        values=(27.6958, 29.3535, 31.1211, 32.9388, 34.9499, 36.8831, 38.7944, 40.5690),
        source="CompressAI, results/image/8bit-decoded/kodak/compressai-mbt2018-mean_mse_ans_cuda.json",
    ),
)
"""Means over Kodak's 24 pictures, decoded to 8 bits; Minnen, Ballé and Toderici, 2018."""


def published(data: str, quality: str, rate: str = "file") -> list[Published]:
    """What was published on a data set in that quality; nothing for the payload, which nobody tells."""
    if rate == "payload":
        return []
    return [each for each in PUBLISHED if (each.data, each.quality) == (data, quality)]
