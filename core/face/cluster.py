"""Videos measured on a Dask cluster: a file a task, read and written by the workers by its path."""

from collections.abc import Iterator
from pathlib import Path

from core.cluster import call_on_cluster
from core.face.extract import Outcome, Settings, extract_file, output_paths


def extract_on_cluster(
    address: str, videos: list[Path], out: Path, settings: Settings
) -> Iterator[Outcome]:
    """Measure videos on a cluster, as :func:`core.face.extract.extract` does here.

    Paths must mean the same to every worker (a shared disk); pictures do not travel.  A file that is
    done is not done again.
    """
    outputs = output_paths(videos, out.resolve(), settings.format)
    calls = [(video, outputs[video], settings) for video in videos]
    for (video, output, _), result in call_on_cluster(address, extract_file, calls):
        if isinstance(result, BaseException):
            told = f"{type(result).__name__}: {result}"
            result = Outcome(video, output, "failed", (told,))
        yield result
