"""Video: what a face does from frame to frame, and how far the numbers can be trusted."""

from pages.parts import frame, restored, video_ledger, video_measure, video_source, video_timeline

frame.open_page(
    "Video",
    "From a video to action units: every frame accounted for, every unit with its evidence.",
)
measured = None
with frame.errors_shown():
    clip = video_source.choose()
    measured = video_measure.measure(clip) if clip else None
    if measured is not None:
        video_ledger.show_ledger(measured)
        if measured.series.ledger.measured:
            video_timeline.show(measured)
if measured is None:
    restored.wait_for("video_")
video_ledger.show_validation()
frame.research_note()
