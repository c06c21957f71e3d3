"""The same measurements on a Dask cluster: a video a task, read by the worker from its path."""

from collections.abc import Iterator
from pathlib import Path

from core.errors import InputError
from core.face.extract import Outcome, Settings, extract_file, output_paths

_RETRIES = 3
_PATIENCE = "10s"


def extract_on_cluster(
    address: str, videos: list[Path], out: Path, settings: Settings
) -> Iterator[Outcome]:
    """Measure videos on the cluster whose scheduler listens at ``address``.

    Paths must mean the same to every worker (a shared disk); pictures do not travel.  Outcomes come
    as they are ready.  The task of a worker that dies goes to another one, and a file that is done
    is not done again.  Raises InputError if nobody answers.
    """
    from distributed import Client, as_completed

    outputs = output_paths(videos, out.resolve(), settings.format)
    try:
        client = Client(address, timeout=_PATIENCE)
    except (OSError, ValueError) as error:
        raise InputError(f"No Dask scheduler answers at {address}: {error}") from error
    with client:
        tasks = {
            client.submit(
                extract_file, video, outputs[video], settings, pure=False, retries=_RETRIES
            ): video
            for video in videos
        }
        for future in as_completed(tasks):
            error = future.exception()
            if error is None:
                yield future.result()
            else:
                video = tasks[future]
                told = f"{type(error).__name__}: {error}"
                yield Outcome(video, outputs[video], "failed", (told,))
