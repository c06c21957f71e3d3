"""Video: what a face does from frame to frame, and how far the numbers can be trusted."""

from pages.parts.shared import frame, restored
from pages.parts.video import instruments, ledger, measuring, source, timeline, validation

frame.open_page(
    "Video",
    "From a video to action units: every frame accounted for, every unit with its evidence.",
)
measured = None
with frame.errors_shown():
    clip = source.choose_clip()
    measured = measuring.measure(clip) if clip else None
    if measured is not None:
        ledger.show_ledger(measured)
        if measured.series.ledger.measured:
            timeline.show_timeline(measured)
            instruments.compare_instruments(measured)
if measured is None:
    restored.wait_for("video_")
validation.show_validation()
frame.research_note()
