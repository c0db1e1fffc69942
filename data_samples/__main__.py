"""`python -m data_samples`: generates a cohort of skull-stripped phantoms, or the twelve demo cases."""

import argparse
import logging
import sys
from pathlib import Path

import pandas as pd

from data_samples.cohort import SPACING_MM, write_cohort
from data_samples.demo_cases import write_demo_cases
from ich_model import software
from ich_model.command_line import Arguments, exit_code

log = logging.getLogger("data_samples")


def main(argv: list[str] | None = None) -> int:
    """Runs one command; the exit code is 2 where the arguments or the output folder are refused."""
    return exit_code(lambda: _run(argv), name="data_samples")


def _run(argv: list[str] | None) -> int:
    arguments = parser().parse_args(argv)
    folder: Path = arguments.out
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ValueError(f"{folder}: expected a new or an empty folder; choose another one with --out")
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    table: pd.DataFrame = arguments.write(arguments)
    log.info("%d synthetic cases in %s, %d with a poor outcome.", len(table), folder, table["poor"].sum())
    return 0


def parser() -> Arguments:
    """The parser of the command line."""
    root = Arguments(prog="python -m data_samples", description=__doc__, allow_abbrev=False)
    root.add_argument("--version", action="version", version=software.title_and_version())
    commands = root.add_subparsers(required=True, metavar="cohort | demo-cases")
    cohort = commands.add_parser("cohort", help="skull-stripped phantoms and their clinical table, cases.csv")
    cohort.add_argument("--n", type=positive, required=True, help="number of cases")
    cohort.add_argument("--seed", type=int, required=True)
    cohort.add_argument("--workers", type=positive, default=1, help="processes")
    cohort.add_argument("--spacing", type=spacing_mm, default=SPACING_MM, metavar="MM",
                        help="in plane; at 2 mm, fine enough for small input grids, a case takes a third of the time")
    cohort.set_defaults(write=lambda a: write_cohort(a.out, count=a.n, seed=a.seed, workers=a.workers,
                                                     spacing_mm=a.spacing))
    demo = commands.add_parser("demo-cases", help="the demo cases with skull, their label maps and truth.csv")
    demo.set_defaults(write=lambda a: write_demo_cases(a.out))
    for command in (cohort, demo):
        command.add_argument("--out", type=Path, required=True, help="new or empty folder")
    return root


def positive(text: str) -> int:
    """An integer above 0 from the command line.

    Raises:
        ArgumentTypeError: for a smaller one.
    """
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number}: expected 1 or more")
    return number


def spacing_mm(text: str) -> float:
    """A voxel spacing in mm from the command line, from 0.3 to 3.

    Raises:
        ArgumentTypeError: for a value outside this range.
    """
    number = float(text)
    if not 0.3 <= number <= 3:
        raise argparse.ArgumentTypeError(f"{number:g} mm: expected 0.3 to 3 mm")
    return number


if __name__ == "__main__":
    sys.exit(main())
