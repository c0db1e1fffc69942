"""`python -m ich_model ablation --cases cases.csv --out DIR`: all variants on all folds, beside the paper's numbers.

Each run is in DIR/VARIANT/fold_K. DIR also gets folds.csv and summary.csv of all metrics, ablation.csv and ablation.png
with the published numbers, and gains.csv: paired differences between each variant and the single-task network on the
same folds, with intervals. With --resume, complete runs are skipped and interrupted ones are resumed.
"""

import argparse
import logging
from pathlib import Path

import pandas as pd

from ich_model.atomic import atomic_file
from ich_model.command_line import Arguments
from ich_model.commands.train import add_run_flags, fold_runs, refuse_or_resume, train_runs
from ich_model.dataset.cases import fold_numbers, read_cases
from ich_model.tasks import Task
from ich_model.training import fold_tables, published_ablation
from ich_model.variants import VARIANTS, Encoder

log = logging.getLogger(__name__)

SINGLE_TASK = next(  # prognosis alone, with the encoder of the multi-task variants
    key for key, row in VARIANTS.items() if row.tasks == (Task.PROGNOSIS,) and row.encoder is Encoder.DENSENET121
)


def main(argv: list[str]) -> int:
    """Trains all incomplete runs, then writes the tables and the figure."""
    parser = _parser()
    options = parser.parse_args(argv)
    refuse_or_resume(options)
    cases = read_cases(options.cases)
    known = fold_numbers(cases)
    folds = options.folds or known
    if unknown := sorted(set(folds) - set(known)):
        parser.error(f"--folds {unknown[0]}: expected some of {', '.join(map(str, known))}")
    runs = [
        run
        for fold in folds  # fold by fold, so that all variants can be compared early
        for key in options.variants
        for run in fold_runs(VARIANTS[key], cases, options, out=options.out / key, folds=[fold])
    ]
    train_runs(runs, scheduler=options.scheduler)
    synthetic = any(case.synthetic for case in cases)
    write_comparison(options.out, title=_title(options, n_cases=len(cases), synthetic=synthetic))
    return 0


def write_comparison(out: Path, *, title: str) -> pd.DataFrame:
    """Writes all tables and the figure to `out`; returns the paired gains over the single-task network."""
    own = fold_tables.write_tables(out)
    table = published_ablation.side_by_side(own)
    gains = fold_tables.paired_gains(fold_tables.read_folds(out), baseline=SINGLE_TASK)
    for name, frame in (("ablation.csv", table), ("gains.csv", gains)):
        with atomic_file(out / name) as file:
            frame.to_csv(file, index=False)
    with atomic_file(out / "ablation.png") as file:
        published_ablation.figure(table, own_title=title).savefig(file, dpi=150)
    if len(gains):
        shown = gains[gains["metric"].isin(("auc", "balanced_accuracy"))]
        log.info("against %s on the same folds:\n%s", VARIANTS[SINGLE_TASK].title, shown.to_string(index=False))
    return gains


def _title(options: argparse.Namespace, *, n_cases: int, synthetic: bool) -> str:
    """A description of the own runs, for the figure's title."""
    kind, grid = "synthetic phantoms" if synthetic else "cases", "x".join(map(str, options.grid))
    folds = f"{len(options.folds)} folds" if options.folds else "all folds"
    return f"{n_cases} {kind}, {folds}, input {grid}"


def _parser() -> Arguments:
    parser = Arguments(prog="python -m ich_model ablation", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS), metavar="KEY")
    parser.add_argument("--folds", nargs="+", type=int, metavar="K", help="some of the folds; all if not given")
    add_run_flags(parser)
    return parser
