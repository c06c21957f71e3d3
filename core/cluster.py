"""Work on a Dask cluster: one call a task, files read and written by the workers by their paths."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from core.errors import InputError

_RETRIES = 3
_PATIENCE = "10s"


def call_on_cluster(
    address: str, function: Callable, calls: Iterable[tuple]
) -> Iterator[tuple[tuple, Any]]:
    """Call ``function`` with each of ``calls`` on the cluster whose scheduler listens at ``address``.

    Gives every call's arguments with its result, or with the exception that it raised, as they are
    ready.  The task of a worker that dies goes to another one.  Raises InputError if nobody answers.
    """
    from distributed import Client, as_completed

    try:
        client = Client(address, timeout=_PATIENCE)
    except (OSError, ValueError) as error:
        raise InputError(f"No Dask scheduler answers at {address}: {error}") from error
    with client:
        tasks = {
            client.submit(function, *call, pure=False, retries=_RETRIES): call for call in calls
        }
        for future in as_completed(tasks):
            error = future.exception()
            yield tasks[future], future.result() if error is None else error
