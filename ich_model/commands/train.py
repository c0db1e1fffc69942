"""`python -m ich_model train VARIANT --cases cases.csv --out RUN [--fold K|all]`: trains a variant."""

import argparse
import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ich_model.command_line import Arguments
from ich_model.dataset.cases import Split, TrainingCase, fold_numbers, read_cases, split_by_fold, split_by_fraction
from ich_model.jobs.dask import run_jobs
from ich_model.network.network import check_grid
from ich_model.network.weights import Manifest
from ich_model.training import fold_tables
from ich_model.training.config import add_flags, config_from
from ich_model.training.train import Run, train_or_skip
from ich_model.variants import VARIANTS, Variant

log = logging.getLogger(__name__)

PREPARED = "prepared"  # the folder of cached inputs that several runs share
ALL_FOLDS = "all"


def main(argv: list[str]) -> int:
    """Trains one run, or one per fold with the table of the folds.

    Raises:
        ValueError: where options contradict each other or the output exists.
    """
    options = _parser().parse_args(argv)
    refuse_or_resume(options)
    variant = VARIANTS[options.variant]
    cases = read_cases(options.cases)
    if options.fold == ALL_FOLDS:
        if options.test_cases:
            raise ValueError("--test-cases with --fold all: each fold is tested on its own cases; leave one out")
        runs = fold_runs(variant, cases, options, out=options.out, folds=fold_numbers(cases))
        train_runs(runs, scheduler=options.scheduler)
        log.info("%s", fold_tables.write_tables(options.out).to_string(index=False))
        return 0
    train_runs([_single_run(variant, cases, options)], scheduler=options.scheduler)
    return 0


def refuse_or_resume(options: argparse.Namespace) -> None:
    """Checks that the output folder is new, unless --resume is given.

    Raises:
        ValueError: where it exists.
    """
    if options.out.exists() and not options.resume:
        raise ValueError(f"{options.out}: exists already; choose a new folder, or --resume an interrupted run")


def fold_runs(
    variant: Variant, cases: list[TrainingCase], options: argparse.Namespace, *, out: Path, folds: Sequence[int]
) -> list[Run]:
    """One run for each of these folds, in folders fold_0, fold_1 and so on, with a common cache of inputs."""
    sharing = argparse.Namespace(**{**vars(options), "cache": options.cache or options.out / PREPARED})
    return [
        _run(variant, split_by_fold(cases, k), sharing, out=out / f"fold_{k}", test_source=_of_fold(k, options))
        for k in folds
    ]


def train_runs(runs: Sequence[Run], *, scheduler: str | None) -> list[Manifest]:
    """The manifests of all runs, in their order; complete runs are not trained again."""
    manifests: dict[int, Manifest] = {}
    for number, manifest in run_jobs(train_or_skip, runs, scheduler=scheduler):
        manifests[number] = manifest
        measured = manifest.metrics[runs[number].variant.heads[0].target.key]
        log.info("%d of %d: %s, weights %s, %s", len(manifests), len(runs), runs[number].out, manifest.weights_id,
                 measured)  # fmt: skip
    return [manifests[number] for number in range(len(runs))]


def _single_run(variant: Variant, cases: list[TrainingCase], options: argparse.Namespace) -> Run:
    if options.fold is None:
        split, test_source = split_by_fraction(cases, options.validation_fraction), ""
    else:
        split, test_source = split_by_fold(cases, options.fold), _of_fold(options.fold, options)
    if options.test_cases:
        split, test_source = replace(split, test=tuple(read_cases(options.test_cases))), _named(options.test_cases)
    return _run(variant, split, options, out=options.out, test_source=test_source)


def _run(variant: Variant, split: Split, options: argparse.Namespace, *, out: Path, test_source: str) -> Run:
    config = config_from(options)
    check_grid(variant, config.grid)
    return Run(variant, split, config, out.resolve(), source=_named(options.cases), test_source=test_source,
               device=options.device, workers=options.workers,
               cache=options.cache and options.cache.resolve())  # fmt: skip


def _of_fold(fold: int, options: argparse.Namespace) -> str:
    return f"fold {fold} of {_named(options.cases)}"


def _named(table: Path) -> str:
    """A table's folder and name, for manifests."""
    return f"{table.parent.name}/{table.name}"


def _parser() -> Arguments:
    parser = Arguments(prog="python -m ich_model train", description="Train a variant of the network.")
    parser.add_argument("variant", choices=VARIANTS)
    parser.add_argument("--fold", type=_fold, help="test on this fold of ten, or on each in turn: all; without it all "
                        "cases train or validate")  # fmt: skip
    parser.add_argument("--validation-fraction", type=float, default=0.1, help="without --fold")
    parser.add_argument("--test-cases", type=Path, help="table of held-out cases to measure the weights on")
    add_run_flags(parser)
    return parser


def add_run_flags(parser: Arguments) -> None:
    """Adds the flags of all commands that train: cases, folders, devices, settings."""
    parser.add_argument("--cases", type=_absolute, required=True, help="table with caseID, image, poor, gcs, age")
    parser.add_argument("--out", type=Path, required=True, help="new folder for the results")
    parser.add_argument("--resume", action="store_true", help="resume the runs in --out")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="of a Dask cluster that takes the runs")
    parser.add_argument("--cache", type=Path, metavar="DIR", help="a folder to cache network inputs in, for other runs")
    parser.add_argument("--workers", type=int, default=0, help="processes that prepare the cases; 0 for none")
    parser.add_argument("--device", default="cpu")
    add_flags(parser)


def _absolute(text: str) -> Path:
    """An absolute path, valid in every process of a cluster."""
    return Path(text).resolve()


def _fold(text: str) -> int | str:
    if text == ALL_FOLDS:
        return text
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r}: expected a number of a fold, or {ALL_FOLDS}")
    return int(text)
