"""A morphable face that is rendered: pictures and clips whose action units are known exactly."""

from core.face.morphable.expressions import perform_units, random_expression, truth
from core.face.morphable.film import degrade
from core.face.morphable.model import MorphableFace, load_morphable
from core.face.morphable.render import Person, make_person, render
from core.face.morphable.scene import Scene, random_scene, steady

__all__ = [
    "MorphableFace",
    "Person",
    "Scene",
    "degrade",
    "load_morphable",
    "make_person",
    "perform_units",
    "random_expression",
    "random_scene",
    "render",
    "steady",
    "truth",
]
