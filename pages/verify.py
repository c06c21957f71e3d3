"""Verify: what the two papers claim beside what our tables say, and any row of them done again."""

from pages.parts.shared import frame
from pages.parts.verify import checks, claims, recompute

frame.open_page(
    "Verify",
    "What the two papers claim, beside what was measured here. Nothing of ours is typed in: every "
    "figure is computed from the tables, and any row of them can be done again now.",
)
with frame.errors_shown():
    checks.show_checks()
with frame.errors_shown():
    claims.show_claims()
with frame.errors_shown():
    recompute.show_recompute()
frame.research_note()
