"""Verify: what the two papers claim beside what our tables say, and any row of them done again."""

from pages.parts import frame, verify_checks, verify_claims, verify_recompute

frame.open_page(
    "Verify",
    "What the two papers claim, beside what was measured here. Nothing of ours is typed in: every "
    "figure is computed from the tables, and any row of them can be done again now.",
)
with frame.errors_shown():
    verify_checks.show()
with frame.errors_shown():
    verify_claims.show()
with frame.errors_shown():
    verify_recompute.show()
frame.research_note()
