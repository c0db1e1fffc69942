"""`python -m reader_study compare RATINGS --out DIR`: every comparison table from one file of ratings."""

import argparse
import shutil
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from ich_model.tasks import POOR_PROBABILITY
from reader_study import imrmc
from reader_study.bootstrap import RESAMPLES
from reader_study.comparison import all_tables
from reader_study.dictionary import dictionary_of
from reader_study.export import to_csv, to_zip
from reader_study.merit import Covariance
from reader_study.ratings import BadRatings, read_frame, validate, with_defaults
from reader_study.settings import Settings

REFUSED = 2
_VERSIONED = ("numpy", "scipy", "pandas")


def main(argv: list[str]) -> int:
    """Run the command: 0 when the tables are written, 2 with one sentence when the input is refused."""
    arguments = _parser().parse_args(argv)
    out: Path = arguments.out
    try:
        if out.exists():
            raise BadRatings(f"{out}: exists already; give a new folder")
        ratings = load(arguments)
        settings = Settings(arguments.alpha, arguments.bootstrap, arguments.seed, arguments.covariance,
                            arguments.margin)
        tables = all_tables(ratings, settings=settings)
        _write(tables, _about(settings), out)
    except (ValueError, OSError) as error:
        print(f"compare: {error}", file=sys.stderr)
        return REFUSED
    raters, cases = ratings["readerID"].nunique(), ratings["caseID"].nunique()
    print(f"{len(tables)} tables of {raters} raters and {cases} cases in {out}")
    return 0


def load(arguments: argparse.Namespace) -> pd.DataFrame:
    """The validated ratings of the command's files."""
    path: Path = arguments.ratings
    frame = imrmc.read(path) if path.suffix == ".imrmc" else read_frame(path)
    if arguments.truth:
        frame = frame.drop(columns="truth", errors="ignore").merge(_truths(arguments.truth), on="caseID", how="left")
    return validate(with_defaults(frame, threshold=arguments.threshold), score_range=tuple(arguments.score_range))


def _truths(path: Path) -> pd.DataFrame:
    """caseID and truth of a file, one row a case."""
    frame = read_frame(path)
    missing = {"caseID", "truth"} - set(frame.columns)
    if missing:
        raise BadRatings(f"{path.name}: column {min(missing)} is missing; expected caseID and truth")
    if frame["caseID"].duplicated().any():
        case = frame.loc[frame["caseID"].duplicated(), "caseID"].iloc[0]
        raise BadRatings(f"{path.name}: case {case} has more than one row; expected one truth a case")
    return frame[["caseID", "truth"]]


def _write(tables: dict[str, pd.DataFrame], about: dict[str, str], out: Path) -> None:
    """Write everything into a folder that appears only when it is complete."""
    out.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}-"))
    try:
        for name, frame in {**tables, "data_dictionary": dictionary_of(tables)}.items():
            (unfinished / f"{name}.csv").write_text(to_csv(frame), encoding="utf-8", newline="")
        (unfinished / "ratings.imrmc").write_text(imrmc.write(tables["ratings"]), encoding="utf-8", newline="")
        (unfinished / "tables.zip").write_bytes(to_zip(tables, about=about))
        unfinished.chmod(0o755)
        unfinished.rename(out)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _about(settings: Settings) -> dict[str, str]:
    """What a reader of the tables needs to make them again."""
    used = {f"version of {name}": version(name) for name in _VERSIONED}
    return used | {"alpha": f"{settings.alpha:g}", "bootstrap resamples": str(settings.resamples),
                   "seed": str(settings.seed), "covariance": str(settings.covariance),
                   "margin": "" if settings.margin is None else f"{settings.margin:g}"}


def _parser() -> argparse.ArgumentParser:
    """The command's options."""
    parser = argparse.ArgumentParser(prog="python -m reader_study compare", description=__doc__)
    parser.add_argument("ratings", type=Path, help="CSV with readerID, caseID, modalityID, score; or an .imrmc file")
    parser.add_argument("--out", type=Path, required=True, help="folder to make")
    parser.add_argument("--truth", type=Path, help="CSV with caseID and truth (0 or 1)")
    parser.add_argument("--threshold", type=float, default=POOR_PROBABILITY,
                        help="a score from here on is a call of poor, where the table has no decision")
    parser.add_argument("--score-range", type=float, nargs=2, default=(0.0, 1.0), metavar=("LOW", "HIGH"),
                        help="the scale of the scores (default 0 1)")
    parser.add_argument("--bootstrap", type=_count, default=RESAMPLES, help="resamples of each bootstrap interval")
    parser.add_argument("--covariance", type=Covariance, choices=list(Covariance), default=Covariance.DELONG,
                        help="error covariance of the multi-reader analysis")
    parser.add_argument("--margin", type=_share, help="non-inferiority margin of the multi-reader analysis")
    parser.add_argument("--seed", type=_count, default=1, help="of the bootstrap")
    parser.add_argument("--alpha", type=_share, default=0.05, help="1 minus the level of the intervals")
    return parser


def _count(text: str) -> int:
    """A whole number from 1 on."""
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 on, got {text}")
    return int(text)


def _share(text: str) -> float:
    """A number above 0 and below 0.5."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < 0.5:
        raise argparse.ArgumentTypeError(f"expected a number above 0 and below 0.5, got {text}")
    return value
