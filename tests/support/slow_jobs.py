"""Jobs for the cluster of the tests, in a module that its workers can import."""

import os
import time
from pathlib import Path


def leave_a_mark(job: tuple[Path, int]) -> int:
    """Ten times the job's number, after 0.3 s; writes the worker's process id to a file of that number."""
    folder, number = job
    (folder / str(number)).write_text(str(os.getpid()))
    time.sleep(0.3)
    return 10 * number


def refuse(number: int) -> int:
    """Always fails.

    Raises:
        ValueError: for every job.
    """
    raise ValueError(f"job {number}: cannot be done")
