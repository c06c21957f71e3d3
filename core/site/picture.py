"""The README's picture: one face of the gallery in fewer and fewer bytes, and what is read on it."""

from core.errors import InputError
from core.gallery import faces, first_face
from core.site.animation import strip
from core.site.faces import Models, coded, gallery_face, shipped_versions

NUMBER = 6


def reading_strip() -> bytes:
    """A PNG of the original and five sizes of the baseline's files.

    Raises InputError where there is no codec or no gallery.
    """
    entries = faces()
    if not entries:
        raise InputError(
            "There is no gallery beside the checkpoints: restore it from the repository."
        )
    face = gallery_face(first_face(entries))
    return strip(face, coded(face, shipped_versions()[0], Models()), NUMBER)
