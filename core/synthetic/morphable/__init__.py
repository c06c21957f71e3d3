"""A morphable face that is rendered: pictures and clips whose action units are known exactly."""

from core.synthetic.morphable.expressions import perform_units, random_expression, truth
from core.synthetic.morphable.film import degrade
from core.synthetic.morphable.model import MorphableFace, load_morphable
from core.synthetic.morphable.render import Person, make_person, render
from core.synthetic.morphable.scene import Scene, random_scene, steady

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
