"""`python -m ich_model cases`: writes the training table of the paper's dataset, with the published folds."""

import csv
import os
import sys
from pathlib import Path

from ich_model.atomic import atomic_file
from ich_model.command_line import REFUSED, Arguments
from ich_model.dataset import cases, paper_dataset
from ich_model.dataset.cases import COLUMNS, TrainingCase


def main(argv: list[str]) -> int:
    """`cases --paper FOLDER --out cases.csv [--skip-bad]`; without --skip-bad any problem prevents the table.

    Raises:
        ValueError: where the table exists already.
    """
    parser = Arguments(prog="python -m ich_model cases", description=__doc__)
    parser.add_argument("--paper", type=Path, required=True, metavar="FOLDER", help="the dataset's folder")
    parser.add_argument("--out", type=Path, required=True, metavar="CSV", help="a new table")
    parser.add_argument("--skip-bad", action="store_true", help="skip cases with problems instead of refusing all")
    options = parser.parse_args(argv)
    if options.out.exists():
        raise ValueError(f"{options.out}: exists already; expected the name of a new file")
    dataset = paper_dataset.read(options.paper)
    for problem in dataset.problems:
        print(problem, file=sys.stderr)
    if dataset.problems and not options.skip_bad:
        print(f"{options.paper}: {len(dataset.problems)} problems; correct them, or skip their cases with --skip-bad",
              file=sys.stderr)
        return REFUSED
    rows = [TrainingCase(case.patient, case.image, case.poor, case.gcs, case.age) for case in dataset.cases]
    write(rows, options.out)
    print(f"{options.out}: {len(rows)} cases, {sum(case.poor for case in rows)} poor")
    return 0


def write(rows: list[TrainingCase], path: Path) -> None:
    """Writes a training table with the published folds; image paths are relative to its folder."""
    folds = cases.published_folds(rows)
    folder = path.resolve().parent
    with atomic_file(path) as written, written.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*COLUMNS, "fold"])
        for case, fold in zip(rows, folds, strict=True):
            image = Path(os.path.relpath(case.image.resolve(), folder)).as_posix()
            writer.writerow([case.case_id, image, case.poor, case.gcs, f"{case.age:g}", int(fold)])
