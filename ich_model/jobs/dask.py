"""Independent jobs (folds, variants, cases to explain) on a Dask cluster or, without one, in this process.

A cluster is given by its scheduler's address, and each worker must be able to import this project and see its files
under the same paths: `PYTHONPATH=. dask worker ADDRESS` in the project's folder. A job whose worker dies goes to
another worker; what a job writes it must therefore be able to write twice.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

log = logging.getLogger(__name__)

CONNECT_SECONDS = 20

Job = TypeVar("Job")
Result = TypeVar("Result")


def run_jobs(
    function: Callable[[Job], Result], jobs: Sequence[Job], *, scheduler: str | None = None
) -> Iterator[tuple[int, Result]]:
    """The number of each job with what the function makes of it, as they are done; without a scheduler in order.

    The function must be one that a module holds by name. Its first exception ends everything and is raised here.
    """
    if scheduler is None:
        return enumerate(map(function, jobs))
    return _on_cluster(function, jobs, scheduler)


def _on_cluster(
    function: Callable[[Job], Result], jobs: Sequence[Job], scheduler: str
) -> Iterator[tuple[int, Result]]:
    from distributed import Client, KilledWorker, as_completed  # takes seconds, and most runs have no cluster

    try:
        client = Client(scheduler, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ValueError(f"scheduler {scheduler}: cannot be reached ({error}); check its address") from error
    with client:
        log.info("%d jobs go to %d workers of %s", len(jobs), len(client.scheduler_info()["workers"]), scheduler)
        futures = client.map(function, jobs, pure=False)  # not merged, nor taken from an earlier run
        numbers = {future.key: number for number, future in enumerate(futures)}
        try:
            for future, result in as_completed(futures, with_results=True, loop=client.loop):
                yield numbers[future.key], result
        except KilledWorker as error:
            raise ValueError(f"a job ended every worker it was given to ({error}); see the workers' logs") from error
