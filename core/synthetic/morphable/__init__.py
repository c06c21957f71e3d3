"""A morphable face that is rendered: pictures and clips whose action units are known exactly."""

from core.synthetic.morphable.expressions import (
    perform_units,
    random_expression,
    sides_truth,
    truth,
)
from core.synthetic.morphable.film import degrade, film
from core.synthetic.morphable.model import MorphableFace, has_morphable, load_morphable
from core.synthetic.morphable.natural import natural_expression
from core.synthetic.morphable.occluders import Place, cover
from core.synthetic.morphable.render import Person, make_person, render
from core.synthetic.morphable.scene import Scene, random_scene, steady, telephone_scene

__all__ = [
    "MorphableFace",
    "Person",
    "Place",
    "Scene",
    "cover",
    "degrade",
    "film",
    "has_morphable",
    "load_morphable",
    "make_person",
    "natural_expression",
    "perform_units",
    "random_expression",
    "random_scene",
    "render",
    "sides_truth",
    "steady",
    "telephone_scene",
    "truth",
]
