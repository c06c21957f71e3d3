"""The lesson as one block of bytes, to be kept between starts."""

from core.evaluation.results.estimates import Estimates
from core.site.cache import cached
from core.site.faces import Models
from core.site.lesson.lesson import head_of, make_lesson
from core.site.viewer.buffer import joined


def kept_lesson(estimates: Estimates) -> tuple[list[dict], list[bytes]]:
    """As :func:`make_lesson`, from the cache where nothing behind it has changed."""

    def make() -> bytes:
        steps, buffers = make_lesson(Models(), estimates)
        return joined({"steps": steps}, buffers)

    block = cached("lesson", make, tables=True)
    head = head_of(block)
    place, buffers = 4 + int.from_bytes(block[:4], "little"), []
    for length in head["lengths"]:
        buffers.append(block[place : place + length])
        place += length
    return head["steps"], buffers
