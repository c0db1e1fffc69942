"""`python -m reader_study compare RATINGS --out DIR`: every comparison table from one file of ratings."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from ich_model.atomic import atomic_folder, refuse_existing
from ich_model.bootstrap import RESAMPLES
from ich_model.command_line import Arguments, exit_code
from ich_model.estimate import Interval
from ich_model.tasks import POOR_PROBABILITY
from reader_study.report import bundle, provenance
from reader_study.report.csv_export import csv_files, to_zip, with_dictionary
from reader_study.statistics.comparison import all_tables
from reader_study.statistics.input import imrmc, score_scale
from reader_study.statistics.input.ratings import (
    CASE_FACTS,
    CATEGORIES,
    BadRatings,
    label,
    validate,
    with_defaults,
    with_labels,
)
from reader_study.statistics.input.ratings_csv import read_frame
from reader_study.statistics.input.score_scale import LEAST_OUTSIDE, Scale, scale_of
from reader_study.statistics.input.settings import Covariance, Plan, Settings


def main(argv: list[str]) -> int:
    """Run the command: 0 when the tables are written, 2 with one sentence when the input is refused."""
    return exit_code(lambda: _compare(argv), name="compare")


def _compare(argv: list[str]) -> int:
    arguments = _parser().parse_args(argv)
    out: Path = arguments.out
    refuse_existing(out, "folder")
    ratings, scale = load(arguments)
    told = score_scale.sentences(scale, ratings, arguments.ratings.name)
    written = _contents(ratings, arguments, scale=scale, told=told)
    _write(written, out)
    print("\n".join(told), end="\n" if told else "")
    raters, cases = ratings["readerID"].nunique(), ratings["caseID"].nunique()
    tables = sum(name.endswith(".csv") for name in written)
    print(f"{tables} tables of {raters} raters and {cases} cases in {out}")
    return 0


def _contents(ratings: pd.DataFrame, arguments: argparse.Namespace, *, scale: Scale,
              told: Sequence[str]) -> dict[str, bytes]:
    """Name -> content of every file: all of an export, or the tables alone. `told` is said of the scores."""
    settings = Settings(
        alpha=arguments.alpha, resamples=arguments.bootstrap, seed=arguments.seed,
        covariances=tuple(dict.fromkeys(arguments.covariance)), margin=arguments.margin, interval=arguments.interval,
        reference_modality=arguments.reference_modality, paper_mode=arguments.paper_mode, scale=scale,
        plan=Plan(tuple(arguments.plan_readers), tuple(arguments.plan_cases), tuple(arguments.plan_differences)))
    if arguments.tables_only:
        tables = all_tables(ratings, question=arguments.question, settings=settings)
        return csv_files(with_dictionary(tables)) | {"ratings.imrmc": imrmc.write(ratings).encode()}
    found = bundle.files(ratings, question=arguments.question, settings=settings,
                         provenance=provenance.of_file(arguments.ratings, scale=scale, told=told))
    return found | {"comparison.zip": to_zip(found)}


def load(arguments: argparse.Namespace) -> tuple[pd.DataFrame, Scale]:
    """The validated ratings of the command's files, and the scale of their scores."""
    path: Path = arguments.ratings
    frame = imrmc.read(path) if path.suffix == ".imrmc" else read_frame(path)
    if arguments.truth:
        frame = _with_truths(frame, _truths(arguments.truth), arguments.truth.name)
    if arguments.positive is not None:
        frame = with_labels(frame, arguments.positive)
    scale = scale_of(frame, name=path.name, given=arguments.score_range, threshold=arguments.threshold)
    ratings = validate(with_defaults(frame, threshold=scale.threshold), score_range=(scale.low, scale.high))
    _check_question(ratings, arguments.question, path.name)
    return ratings, scale


def _check_question(ratings: pd.DataFrame, question: str, name: str) -> None:
    """BadRatings where a file has no row of the question, with the questions that it has."""
    known = [asked for asked in CATEGORIES if (ratings["question"] == asked).any()]
    if question not in known:
        raise BadRatings(f"{name}: no row of question {question}; expected --question {' or '.join(known)}, of which "
                         "there are rows")


def _truths(path: Path) -> pd.DataFrame:
    """caseID, truth and, where they are there, sex and haematoma_ml of a file, one row a case."""
    frame = read_frame(path)
    missing = {"caseID", "truth"} - set(frame.columns)
    if missing:
        raise BadRatings(f"{path.name}: column {min(missing)} is missing; expected caseID and truth")
    if frame["caseID"].isna().any() or (frame["caseID"] == "").any():
        raise BadRatings(f"{path.name}: expected a caseID in every row, got an empty cell")
    if frame["caseID"].duplicated().any():
        case = frame.loc[frame["caseID"].duplicated(), "caseID"].iloc[0]
        raise BadRatings(f"{path.name}: case {case} has more than one row; expected one truth a case")
    return frame[["caseID", "truth", *(fact for fact in CASE_FACTS if fact in frame.columns)]]


def _with_truths(frame: pd.DataFrame, truths: pd.DataFrame, name: str) -> pd.DataFrame:
    """The ratings with what the file of truths says of their cases; a truth that both give must be the same."""
    if "caseID" not in frame or frame.empty:
        return frame  # what is wrong with it is said further on
    told = truths.set_index("caseID")
    found = frame.assign(**{str(column): frame["caseID"].map(told[column]) for column in told})
    if not frame["caseID"].isin(told.index).any():
        raise BadRatings(f"{name}: expected the caseIDs of the ratings, such as {frame['caseID'].iloc[0]}, got none of "
                         "them")
    if "truth" in frame:
        differs = frame["truth"].notna() & found["truth"].notna() & (
            frame["truth"].map(label) != found["truth"].map(label))
        for case, said, other in zip(*(part[differs] for part in (frame["caseID"], frame["truth"], found["truth"])),
                                     strict=True):
            raise BadRatings(f"{name}: case {case} has truth {label(other)}, the ratings say {label(said)}; expected "
                             "the same, or no column truth in one of the two")
    return found


def _write(files: Mapping[str, bytes], out: Path) -> None:
    """Write everything into a folder that appears only when it is complete."""
    with atomic_folder(out) as folder:
        for name, content in files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(content)


def _parser() -> argparse.ArgumentParser:
    """The command's options."""
    parser = Arguments(prog="python -m reader_study compare", description=__doc__)
    add, plan = parser.add_argument, Plan()
    add("ratings", type=Path, help="CSV with readerID, caseID, modalityID, score; or an .imrmc file")
    add("--out", type=Path, required=True, help="folder to make")
    add("--truth", type=Path, help="CSV with caseID and truth (0 or 1), and if known sex and haematoma_ml")
    add("--question", choices=list(CATEGORIES), default="prognosis", help="what the raters were asked")
    add("--positive", metavar="LABEL", help="what decision and truth say for the positive class (default: 1)")
    add("--threshold", type=float,
        help=f"a score from here on is a call of poor, where the table has no decision (default {POOR_PROBABILITY:g} "
             "on the scale 0 to 1; on any other no call is made without it)")
    add("--score-range", type=float, nargs=2, metavar=("LOW", "HIGH"),
        help="the scale of the scores (default 0 1; from the data for an .imrmc file with scores outside it, and where "
             f"{100 * LEAST_OUTSIDE:g} %% of the scores or more are)")
    add("--reference-modality", metavar="M", help="compare the other modalities, or the readers, with this one alone")
    add("--bootstrap", type=_count, default=RESAMPLES, help="resamples of each bootstrap interval")
    add("--seed", type=_count, default=1, help="of the bootstrap")
    add("--alpha", type=_level, default=0.05, help="1 minus the level of the intervals")
    add("--interval", type=Interval, choices=list(Interval), default=Interval.WILSON, help="of proportions")
    add("--covariance", type=Covariance, choices=list(Covariance), nargs="+", default=[Covariance.DELONG],
        help="error covariances of the multi-reader analysis")
    add("--margin", type=_share, help="non-inferiority margin of the multi-reader analysis")
    add("--paper-mode", action="store_true", help="also resample 100 cases 1000 times, as the published code did")
    add("--plan-readers", type=_count, nargs="+", default=plan.readers, metavar="N", help="readers of planned studies")
    add("--plan-cases", type=_count, nargs="+", default=plan.cases, metavar="N", help="cases of planned studies")
    add("--plan-differences", type=_share, nargs="+", default=plan.differences, metavar="D",
        help="differences that planned studies are to find")
    add("--tables-only", action="store_true", help="no figures and no report")
    return parser


def _count(text: str) -> int:
    """A whole number from 1 on."""
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 on, got {text}")
    return int(text)


def _level(text: str) -> float:
    """A number from 0.0001 on and below 0.5: beyond it intervals have no end that a computer can give."""
    value = _share(text)
    if value < 1e-4:
        raise argparse.ArgumentTypeError(f"expected a number from 0.0001 to 0.5, got {text}")
    return value


def _share(text: str) -> float:
    """A number above 0 and below 0.5."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < 0.5:
        raise argparse.ArgumentTypeError(f"expected a number above 0 and below 0.5, got {text}")
    return value
