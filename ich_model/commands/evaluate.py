"""`python -m ich_model evaluate RUN... --cases cases.csv --out DIR`: evaluates networks on cases with a known outcome.

A RUN is a weights file or the folder of a training run. For one RUN, DIR gets predictions.csv and metrics.csv; for
several, each has a subfolder named by its variant and weights, and metrics.csv in DIR holds all of them.
"""

import argparse
import logging
from functools import cache
from pathlib import Path

from torch import Tensor

from ich_model.atomic import refuse_existing
from ich_model.command_line import Arguments
from ich_model.dataset.cases import read_cases
from ich_model.network import weights
from ich_model.network.weights import LoadedNetwork
from ich_model.training.evaluate import MetricRow, measure, write_metrics
from ich_model.training.input_cache import prepared_inputs
from ich_model.training.train import WEIGHTS
from ich_model.variants import VARIANTS

log = logging.getLogger(__name__)


def main(argv: list[str]) -> int:
    """Evaluates each run; all weights are loaded before anything is written.

    Raises:
        ValueError: where a run is given twice, or a file cannot be used.
    """
    options = _parser().parse_args(argv)
    refuse_existing(options.out, "folder")
    files = [run / WEIGHTS if run.is_dir() else run for run in options.runs]
    names = [_name(_loaded(file, options)) for file in files]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise ValueError(f"{twice}: given more than once; give each run once")
    cases = read_cases(options.cases)

    @cache
    def inputs_on(grid: tuple[int, int, int]) -> Tensor:
        return prepared_inputs(cases, grid, workers=options.workers)

    measured: dict[str, list[MetricRow]] = {}
    for file, name in zip(files, names, strict=True):
        loaded = _loaded(file, options)
        out = options.out if len(files) == 1 else options.out / name
        measured[name] = measure(loaded, cases, inputs_on(tuple(loaded.manifest.grid)), out)
        for row in measured[name]:
            log.info("%s: %s %s: %s", name, row.target, row.metric, row.estimate)
    if len(files) > 1:
        write_metrics(options.out / "metrics.csv", measured)
    return 0


def _loaded(file: Path, options: argparse.Namespace) -> LoadedNetwork:
    return weights.load(file, variant=VARIANTS.get(options.variant))


def _name(loaded: LoadedNetwork) -> str:
    return f"{loaded.variant.key}-{loaded.manifest.weights_id}"


def _parser() -> Arguments:
    parser = Arguments(prog="python -m ich_model evaluate", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN",
                        help="a training run's folder, .safetensors with its manifest, or a published .pth with "
                        "--variant")  # fmt: skip
    parser.add_argument("--variant", choices=VARIANTS)
    parser.add_argument("--cases", type=Path, required=True, help="table with caseID, image, poor, gcs, age")
    parser.add_argument("--out", type=Path, required=True, help="new folder for predictions.csv and metrics.csv")
    parser.add_argument("--workers", type=int, default=0, help="processes that prepare cases; 0 for none")
    return parser
