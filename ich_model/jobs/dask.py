"""Independent jobs (folds, variants, cases to explain) on a Dask cluster or, without one, in this process.

A cluster is given by its scheduler's address. Each worker must be able to import this project and see its files under
the same paths: `PYTHONPATH=. dask worker ADDRESS` in the project's folder. A job whose worker dies is retried on
another worker, so jobs must be idempotent.
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
    """Pairs of job number and result in order of completion; without a scheduler in the order of the jobs.

    The function must be a module's top-level function, so that it can be pickled. Its first exception cancels the other
    jobs and is raised here; ValueError where the scheduler cannot be reached or a job kills its workers.
    """
    if scheduler is None:
        return enumerate(map(function, jobs))
    return _on_cluster(function, jobs, scheduler)


def _on_cluster(
    function: Callable[[Job], Result], jobs: Sequence[Job], scheduler: str
) -> Iterator[tuple[int, Result]]:
    from distributed import Client, KilledWorker, as_completed  # imported here because it takes seconds

    try:
        client = Client(scheduler, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ValueError(f"scheduler {scheduler}: cannot be reached ({error}); check its address") from error
    with client:
        log.info("%d jobs go to %d workers of %s", len(jobs), len(client.scheduler_info()["workers"]), scheduler)
        futures = client.map(function, jobs, pure=False)  # equal jobs are not merged or reused
        numbers = {future.key: number for number, future in enumerate(futures)}
        try:
            for future, result in as_completed(futures, with_results=True, loop=client.loop):
                yield numbers[future.key], result
        except KilledWorker as error:
            raise ValueError(f"a job killed every worker it was given to ({error}); see the workers' logs") from error
