"""Compress: a face, its quality, and what the classifier still reads."""

from pages.parts.compress import coding, pictures, square, stored
from pages.parts.shared import frame

frame.open_page(
    "Compress",
    "Drag the quality down: the picture, its bytes and what the classifier reads follow at once.",
)
source = pictures.choose_source()
with frame.errors_shown():
    if source == pictures.STORED:
        stored.show_stored(pictures.bring_stored())
    elif (picture := pictures.bring(source)) is not None:
        coding.show_sweep(square.choose_square(picture))
frame.research_note()
