"""Speed of saliency maps against Captum and M3d-CAM, at the published input size, interleaved in one run.

    python -m benchmarks.saliency [--rounds 3] [--threads 1 2] [--peers FOLDER] [--grid D H W]

Every measurement is the second call in a process of its own, with that process's peak memory. CPU seconds well below
seconds times threads indicate other load: repeat the measurement on an idle machine. Ours computes all three methods
(Guided Backpropagation, Grad-CAM, Guided Grad-CAM). The peers compute only Guided Grad-CAM, one call per output, and
the goals refer to that; the row "all three methods" is stock Captum with the same results as ours, in three calls per
output. M3d-CAM is not a dependency; it is measured where `--peers` names its folder, installed by

    pip install --no-deps --target FOLDER medcam opencv-python-headless scikit-image lazy_loader imageio tifffile
"""

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ich_model.variants import PUBLISHED_GRID

N_ALL = 3  # outputs of the demo network
WAYS = ("forward", "engine", "reference", "captum-three", "captum", "captum-frozen", "m3d-cam")
TITLES = {
    "forward": "plain forward",
    "engine": "ours, engine",
    "reference": "ours, reference",
    "captum-three": "Captum, stock, all three methods",
    "captum": "Captum, stock, Guided Grad-CAM alone",
    "captum-frozen": "Captum, frozen parameters, Guided Grad-CAM alone",
    "m3d-cam": "M3d-CAM, Guided Grad-CAM alone",
}


@dataclass(frozen=True)
class Setting:
    """One configuration: the implementation, the number of explained outputs, and the number of threads."""

    way: str
    outputs: int
    threads: int


@dataclass(frozen=True)
class Goal:
    """A goal for the ratio of two implementations' seconds: at most (or, with `at_least`, at least) `limit`."""

    way: str
    over: str
    outputs: int
    limit: float
    at_least: bool = True


GOALS = (
    Goal("engine", "forward", 1, 1.5, at_least=False),
    Goal("engine", "forward", N_ALL, 2.5, at_least=False),
    Goal("captum", "engine", 1, 5.0),
    Goal("captum", "engine", N_ALL, 6.0),
    Goal("captum-frozen", "engine", 1, 4.5),
    Goal("captum-frozen", "engine", N_ALL, 4.5),
)


class Measurements:
    """Seconds, CPU seconds and peak memory of all settings, and the maps (D, H, W) by implementation."""

    def __init__(self, *, grid: tuple[int, int, int], peers: Path | None) -> None:
        self.grid = grid
        paths = [str(peers)] if peers else []
        self.environment = {**os.environ, "PYTHONPATH": os.pathsep.join([*paths, os.environ.get("PYTHONPATH", "")])}
        self.seconds: dict[Setting, list[float]] = defaultdict(list)
        self.cpu_seconds: dict[Setting, list[float]] = defaultdict(list)
        self.peak_mib: dict[Setting, float] = {}
        self.maps: dict[str, np.ndarray] = {}
        self.left_out: dict[str, str] = {}

    def take(self, setting: Setting) -> None:
        """Adds one measurement, unless the implementation has failed before."""
        if setting.way in self.left_out:
            return
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(self._command(setting, folder), env=self.environment, capture_output=True, text=True)
            if done.returncode != 0:
                self.left_out[setting.way] = done.stderr.strip().splitlines()[-1]
                return
            result = json.loads((Path(folder) / "result.json").read_text())
            if (file := Path(folder) / "map.npy").is_file():
                self.maps[setting.way] = np.load(file)
        self.seconds[setting].append(result["seconds"])
        self.cpu_seconds[setting].append(result["cpu_seconds"])
        self.peak_mib[setting] = max(result["peak_mib"], self.peak_mib.get(setting, 0))
        print(f"{setting.way:14} {setting.outputs} outputs, {setting.threads} threads: {result['seconds']:6.2f} s",
              file=sys.stderr, flush=True)  # fmt: skip

    def _command(self, setting: Setting, folder: str) -> list[str]:
        return [
            sys.executable, "-m", "benchmarks.peers.saliency", setting.way, "--outputs", str(setting.outputs),
            "--threads", str(setting.threads), "--out", folder, "--grid", *map(str, self.grid),
        ]  # fmt: skip

    def median(self, way: str, outputs: int, threads: int) -> float | None:
        """Median seconds; a forward pass computes all outputs at once."""
        seconds = self.seconds.get(Setting(way, 1 if way == "forward" else outputs, threads))
        return statistics.median(seconds) if seconds else None

    def ratio(self, way: str, over: str, outputs: int, threads: int) -> float | None:
        """Ratio of two implementations' median seconds."""
        one, other = self.median(way, outputs, threads), self.median(over, outputs, threads)
        return one / other if one and other else None


def table(measured: Measurements) -> str:
    """The figures as a Markdown table."""
    head = ("way", "outputs", "threads", "s, median (all)", "CPU s", "times a forward", "times our engine", "peak MiB")
    lines = [f"| {' | '.join(head)} |", "| --- " * len(head) + "|"]
    for setting, seconds in sorted(measured.seconds.items(), key=lambda item: (item[0].threads, item[0].outputs)):
        way, outputs, threads = setting.way, setting.outputs, setting.threads
        ratios = [measured.ratio(way, over, outputs, threads) for over in ("forward", "engine")]
        shown = " | ".join("" if ratio is None else f"{ratio:.2f}" for ratio in ratios)
        every, cpu = ", ".join(f"{one:.2f}" for one in seconds), statistics.median(measured.cpu_seconds[setting])
        lines.append(f"| {TITLES[way]} | {'all' if way == 'forward' else outputs} | {threads} | "
                     f"{statistics.median(seconds):.2f} ({every}) | {cpu:.2f} | {shown} | "
                     f"{measured.peak_mib[setting]:.0f} |")
    return "\n".join(lines)


def agreement(measured: Measurements) -> list[str]:
    """Correlation and largest difference of each Guided Grad-CAM of the first output with stock Captum's."""
    expected = measured.maps.get("captum")
    if expected is None:
        return []
    largest = np.abs(expected).max()
    return [
        f"{TITLES[way]} against stock Captum: correlation {np.corrcoef(found.ravel(), expected.ravel())[0, 1]:.6f}, "
        f"largest difference {np.abs(found - expected).max() / largest:.1e} of the maximum"
        for way, found in measured.maps.items() if way != "captum" and largest > 0
    ]


def goals(measured: Measurements, threads: list[int]) -> tuple[list[str], bool]:
    """Each goal with its measured ratio, and whether all were reached; one without a measurement is missed."""
    lines, reached = [], True
    for goal in GOALS:
        for count in threads:
            found = measured.ratio(goal.way, goal.over, goal.outputs, count)
            good = found is not None and (found >= goal.limit if goal.at_least else found <= goal.limit)
            reached &= good
            shown = "not measured" if found is None else f"{found:.2f}"
            bound = f"{'at least' if goal.at_least else 'within'} {goal.limit}"
            lines.append(f"{'reached' if good else 'MISSED '}  {TITLES[goal.way]} / {TITLES[goal.over]}, "
                         f"{goal.outputs} outputs, {count} threads: {shown}, goal {bound}")
    return lines, reached


def main(argv: list[str] | None = None) -> int:
    """Prints the table, the agreement and the goals; exit code 1 where one is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.saliency", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--grid", type=int, nargs=3, default=PUBLISHED_GRID, metavar=("D", "H", "W"))
    parser.add_argument("--peers", type=Path, help="the folder in which M3d-CAM is installed")
    options = parser.parse_args(argv)
    measured = Measurements(grid=tuple(options.grid), peers=options.peers)
    if options.peers is None and importlib.util.find_spec("medcam") is None:
        measured.left_out["m3d-cam"] = "it is not installed; see the module's docstring, and give --peers"
    for _ in range(options.rounds):
        for threads in options.threads:
            for outputs in (1, N_ALL):
                for way in WAYS:
                    if way != "forward" or outputs == 1:
                        measured.take(Setting(way, outputs, threads))
    lines, reached = goals(measured, options.threads)
    left_out = [f"{TITLES[way]} was left out: {reason}" for way, reason in measured.left_out.items()]
    print("\n".join([table(measured), "", *left_out, *agreement(measured), "", *lines]))
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
