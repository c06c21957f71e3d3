"""What is done with the clips of a study beside the page; nothing here knows of Streamlit."""

from dataclasses import dataclass
from pathlib import Path

from core.bridge.advice import Advice, Criteria
from core.bridge.plan import Plan
from core.bridge.recording_study import RecordingStudy, study_of
from core.bridge.recording_work import advise_clips
from core.bridge.recordings import Recording
from core.bridge.store import Store
from core.progress import Progress


@dataclass(frozen=True, slots=True, eq=False)
class StudyResult:
    """``study``: None where no setting was found to compare at; ``advice``: None where it was named."""

    study: RecordingStudy | None
    advice: Advice | None
    paths: tuple[Path, ...]


def compare_at(
    paths: tuple[Path, ...],
    labels: tuple[str, bytes],
    recording: Recording,
    store: Store,
    progress: Progress | None = None,
) -> StudyResult:
    """The groups at one setting; ``labels``: name and content of the label file."""
    name, content = labels
    return StudyResult(
        study_of(paths, content, recording, store, name, progress), None, paths
    )  # fmt: skip


def compare_at_cheapest(
    paths: tuple[Path, ...],
    labels: tuple[str, bytes],
    plan: Plan,
    criteria: Criteria,
    store: Store,
    progress: Progress | None = None,
) -> StudyResult:
    """The cheapest setting that keeps the units of all clips, and the groups at that."""
    advice = advise_clips(paths, plan, criteria, store, progress=progress)
    if advice.best is None:
        return StudyResult(None, advice, paths)
    comparison = compare_at(paths, labels, advice.best.recording, store, progress)
    return StudyResult(comparison.study, advice, paths)
