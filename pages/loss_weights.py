"""Loss weights: what alpha, beta and gamma do to bits, pixels and recognition."""

from pages.parts import (
    frame,
    results,
    weights_choice,
    weights_face,
    weights_path,
    weights_plane,
    weights_share,
)

frame.open_page(
    "Loss weights",
    "A codec is trained for **α · bits + β · pixel error + γ · recognition error**. Only the ratios "
    "matter: β / α is the quality, γ / α how much the machine's reading counts.",
)
with frame.errors_shown():
    if "FER2013" not in results.available():
        results.say_empty()
    else:
        offer = weights_choice.offered()
        weights_choice.say_what_is_missing(offer)
        weights_path.show_path(offer)
        chosen = weights_choice.choose(offer)
        weights_plane.show_point(chosen)
        weights_plane.show_plane(chosen)
        weights_plane.show_front(chosen)
        weights_plane.show_pixels(chosen)
        weights_plane.show_terms(chosen)
        weights_plane.show_calculator(offer, chosen)
        weights_share.show_shares()
    with frame.errors_shown():
        weights_face.show_faces()
frame.research_note()
