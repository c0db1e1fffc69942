"""Jobs here and on a real Dask cluster, one of whose workers dies in the middle of a job."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ich_model.explain.batch import Job, explain_case
from ich_model.explain.outputs import Request
from ich_model.explain.scan_list import find_cases
from ich_model.jobs import dask
from ich_model.jobs.dask import run_jobs
from ich_model.tasks import Task
from tests.support.made_dicom import write_series, zipped
from tests.support.random_networks import saved_network
from tests.support.simple_head import brain_hu
from tests.support.slow_jobs import leave_a_mark, refuse

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory):
    """The address file's scheduler with two workers, each a process without a nurse that would start it again."""
    folder = tmp_path_factory.mktemp("cluster")
    contact, common = folder / "scheduler.json", ["--scheduler-file", str(folder / "scheduler.json"), "--no-dashboard"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DASK_TEMPORARY_DIRECTORY": str(folder)}

    def start(kind: str, *flags: str) -> subprocess.Popen:
        command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", *common, *flags]
        return subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.DEVNULL)

    started = [start("scheduler", "--port", "0", "--host", "127.0.0.1")]
    started += [start("worker", "--no-nanny", "--nthreads", "1", "--host", "127.0.0.1") for _ in range(2)]
    yield address_in(contact)
    for process in started:
        process.kill()
        process.wait()


def address_in(contact: Path) -> str:
    """The scheduler's address once it has written it and both workers are there."""
    from distributed import Client

    wait_for(contact.exists)
    with Client(scheduler_file=str(contact), timeout=120, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=120)
        return client.scheduler.address


def wait_for(condition, *, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("the cluster did not get that far")
        time.sleep(0.05)


def test_without_a_cluster_jobs_are_done_here_in_order(tmp_path):
    assert list(run_jobs(leave_a_mark, [(tmp_path, 0), (tmp_path, 1)])) == [(0, 0), (1, 10)]
    assert (tmp_path / "1").read_text() == str(os.getpid())


def test_a_refusal_of_a_job_on_the_cluster_is_raised_here(scheduler):
    with pytest.raises(ValueError, match="job 3: cannot be done"):
        list(run_jobs(refuse, [3], scheduler=scheduler))


def test_cases_are_explained_on_the_cluster_whatever_they_lie_in(scheduler, tmp_path):
    folder = write_series(tmp_path / "scans" / "a", brain_hu())
    zipped(folder, tmp_path / "scans" / "b.zip")
    small = saved_network(tmp_path / "small.safetensors", "baseline_cnn", grid=(38, 38, 38))
    request = Request(methods=("grad_cam",), tasks=(Task.PROGNOSIS,))
    work = [Job(case, tmp_path / "out", request, small) for case in find_cases(tmp_path / "scans")]
    results = dict(run_jobs(explain_case, work, scheduler=scheduler))
    assert [(results[number].case, results[number].outcome) for number in (0, 1)] == [("a", "made"), ("b", "made")]
    assert (tmp_path / "out" / "b" / "grad_cam_prognosis.nii.gz").is_file()


def test_all_results_arrive_although_a_worker_dies_in_a_job(scheduler, tmp_path):
    work = [(tmp_path, number) for number in range(8)]
    results = run_jobs(leave_a_mark, work, scheduler=scheduler)
    done = [next(results)]
    running = {int(path.read_text()) for path in sorted(tmp_path.iterdir())[-1:]}
    os.kill(running.pop(), signal.SIGKILL)
    done += list(results)
    assert sorted(done) == [(number, 10 * number) for number in range(8)]
    assert os.getpid() not in {int(path.read_text()) for path in tmp_path.iterdir()}


def test_a_scheduler_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setattr(dask, "CONNECT_SECONDS", 0.5)
    with pytest.raises(ValueError, match=r"scheduler tcp://127\.0\.0\.1:9: cannot be reached"):
        list(run_jobs(leave_a_mark, [], scheduler="tcp://127.0.0.1:9"))
