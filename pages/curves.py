"""Home: the question."""
from pages.parts import frame
frame.open_page("ExpressRate","x")
