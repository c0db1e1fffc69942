"""Jobs for a cluster of the tests, importable by its workers."""

import os
import time
from pathlib import Path


def leave_a_mark(job: tuple[Path, int]) -> int:
    """Ten times the job's number, after a while, with the worker's process id in a file of that number."""
    folder, number = job
    (folder / str(number)).write_text(str(os.getpid()))
    time.sleep(0.3)
    return 10 * number


def refuse(number: int) -> int:
    """Always a refusal."""
    raise ValueError(f"job {number}: cannot be done")
