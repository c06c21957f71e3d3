"""Videos measured on a Dask cluster: a file a task, read and written by the workers by its path."""

from collections.abc import Iterator
from pathlib import Path

from core.cluster import call_on_cluster
from core.face.extract import ExtractSettings, Outcome, extract_file
from core.face.outputs import check_outputs, plan_outputs
from core.face.video_files import VideoFile


def extract_on_cluster(
    address: str,
    videos: list[VideoFile],
    out: Path,
    settings: ExtractSettings,
    *,
    overwrite: bool = False,
) -> Iterator[Outcome]:
    """Measure videos on a cluster, as :func:`core.face.extract.extract` does here.

    Paths must mean the same to every worker (a shared disk); pictures do not travel.  A file that is
    done is not done again.
    """
    outputs = plan_outputs(videos, out.resolve())
    check_outputs(outputs, settings.formats, overwrite=overwrite)
    calls = [(video, output, settings) for video, output in outputs.items()]
    for (video, output, _), result in call_on_cluster(address, extract_file, calls):
        if isinstance(result, BaseException):
            reason = f"{type(result).__name__}: {result}"
            result = Outcome(video, output, "failed", (reason,))
        yield result
