"""The tables as reports print them: words for codes, one row a rater, cells like "0.78 (0.61–0.89)".

Every number is the one of the CSV file, rounded; what a CSV file says in more columns is not repeated.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from ich_model.estimate import as_text
from reader_study.figures.rater_labels import rater_labels
from reader_study.statistics.agreement.agreement import ALL
from reader_study.statistics.input.ratings import NO_CALL, NO_CALLS
from reader_study.statistics.labels import QUESTIONS, in_words, p_text

MOST_ROWS = 400  # about nine pages; of fifty readers the pairs alone are 1275


@dataclass(frozen=True)
class PrintTable:
    """A table for a report: its heading, the file that has all of it, what it says, and its cells as texts."""

    heading: str
    file: str
    caption: str
    cells: pd.DataFrame


def print_tables(tables: Mapping[str, pd.DataFrame]) -> Iterator[PrintTable]:
    """Every table that has something to print, in the order of a paper."""
    for name, heading, caption, make in _TABLES:
        if name in tables and len(tables[name]):
            for part in make(tables[name]):
                rows = len(part.cells)
                cut = f"The first {MOST_ROWS} of {rows} rows." if rows > MOST_ROWS else ""
                said = " ".join(filter(None, (caption, part.remark, cut, _without_calls(tables, name))))
                if rows:
                    yield PrintTable(f"{heading}{part.addition}", f"{name}.csv", said, part.cells.head(MOST_ROWS))


def _without_calls(tables: Mapping[str, pd.DataFrame], name: str) -> str:
    """What to say of a table in which something is left out because scores have no calls."""
    if name == "mrmc":
        return ""  # it prints its notes
    table = tables["agreement" if name == "agreement_wide" else name]
    lacking = table["note"].str.contains(NO_CALLS, regex=False).any() if "note" in table else (table == NO_CALL).any(
        axis=None)
    return f"{NO_CALLS[0].upper()}{NO_CALLS[1:]}." if lacking else ""


class Part(NamedTuple):
    """What is added to the heading, the cells, and what is added to the caption."""

    addition: str
    cells: pd.DataFrame
    remark: str = ""


Parts = Iterator[Part]


def _by_rater(long: pd.DataFrame, *, before: tuple[str, ...] = ()) -> pd.DataFrame:
    """One row a rater, one column a metric; `before` are columns that stand in front of the rater."""
    keys = [*before, "Rater"]
    named = in_words(long)
    named = named.assign(Rater=_labels(long, before), text=_texts(long))
    order, metrics = named[keys].drop_duplicates(), list(dict.fromkeys(named["metric"]))
    wide = named.pivot(index=keys, columns="metric", values="text").reset_index()
    return order.merge(wide, on=keys)[[*keys, *metrics]].rename_axis(columns=None)


def _labels(long: pd.DataFrame, before: tuple[str, ...]) -> pd.Series:
    """Names of the raters, unlike each other within a metric and group."""
    group = long["metric"].astype(str).str.cat(long[list(before)].astype(str), sep="|")
    return rater_labels(long.assign(metric=group))


def _texts(long: pd.DataFrame, value: str = "value") -> list[str]:
    """Value and interval of each row."""
    return [as_text(*row) for row in long[[value, "ci_low", "ci_high"]].itertuples(index=False)]


def _performance(long: pd.DataFrame) -> Parts:
    yield Part("", _by_rater(long))


def _agreement(wide: pd.DataFrame) -> Parts:
    """For each question the readers together, then the pairs."""
    for question in dict.fromkeys(wide["question"]):
        rows = in_words(wide[wide["question"] == question]).drop(columns="question")
        together = rows["rater_b"] == ALL
        for part, names, which in ((rows[together].drop(columns="rater_b"), ["Readers"], "all readers together"),
                                   (rows[~together], ["Rater", "and"], "pairs")):
            if part.empty:
                continue
            kept = part.loc[:, (part != "").any()]
            kept = kept.set_axis([*names, *kept.columns[len(names):]], axis=1)
            yield Part(f": {QUESTIONS.get(question, question)}, {which}", kept)


def _mrmc(table: pd.DataFrame) -> Parts:
    """Remarks that many rows share are letters there and sentences below the heading."""
    named = in_words(table)
    remarks = [note.split("; ") for note in named["note"].fillna("")]
    shared = dict.fromkeys(remark for row in remarks for remark in row if not _SIZES.fullmatch(remark) and remark)
    letters = {remark: _letter(number) for number, remark in enumerate(shared)}
    short = [", ".join(letters.get(remark, remark) for remark in row) for row in remarks]
    yield Part("", pd.DataFrame({
        "Analysis": named["analysis"], "Comparison": named["comparison"], "Metric": named["metric"],
        "Covariance": named["covariance"], "First": _plain(named["estimate_a"]), "Second": _plain(named["estimate_b"]),
        "Difference": _texts(named, "difference"), "p": named["p"].map(p_text), "Note": short}),
        " ".join(f"({letter}) {remark}." for remark, letter in letters.items()))


_SIZES = re.compile(r"\d+ readers, \d+ cases")


def _letter(number: int) -> str:
    """a, b, ... z, aa, ab ..."""
    return (_letter(number // 26 - 1) if number >= 26 else "") + chr(ord("a") + number % 26)


def _tests(table: pd.DataFrame) -> Parts:
    named = in_words(table)
    yield Part("", pd.DataFrame({
        "Test": named["test"], "Rater": named["rater_a"], "and": named["rater_b"], "Metric": named["metric"],
        "Difference": _texts(named, "difference"), "p": named["p"].map(p_text),
        "p (Holm)": named["p_holm"].map(p_text)}))


def _aid_effect(table: pd.DataFrame) -> Parts:
    named = in_words(table)
    digits = {True: 1, False: 2}  # seconds to a tenth
    texts = [as_text(value, low, high, digits=digits["seconds" in code]) for code, value, low, high in zip(
        *(table[name] for name in ("quantity", "value", "ci_low", "ci_high")), strict=True)]
    yield Part("", pd.DataFrame({
        "Reader": named["raterID"].replace(to_replace={ALL: "All readers"}), "Quantity": named["quantity"],
        "Model": named["modelID"].fillna(""), "Value": texts, "Cases": named["n"].astype(str)}))


def _ordinal(long: pd.DataFrame) -> Parts:
    for question, rows in long.groupby("question", sort=False):
        yield Part(f": {QUESTIONS.get(str(question), question)}", _by_rater(rows))


def _subgroups(long: pd.DataFrame) -> Parts:
    sizes = long.groupby(["subgroup", "level"])["n"].max()
    counted = long.assign(Cases=[str(sizes[key]) for key in zip(long["subgroup"], long["level"], strict=True)])
    yield Part("", _by_rater(counted, before=("subgroup", "level", "Cases")).rename(
        columns={"subgroup": "Group by", "level": "Group"}))


def _cases(table: pd.DataFrame) -> Parts:
    """Case by case each rater's call with their score or p in brackets, and how many readers were right."""
    texts: dict[str, pd.Series | list[str]] = {"Case": table["caseID"], "Truth": table["truth"]}
    for name in map(str, table):
        if name.startswith("k_right"):
            texts[name.replace("k_right", "Readers right")] = table[name]
        elif name.endswith(" call"):
            rater = name.removesuffix(" call")
            graded = next((table[f"{rater} {word}"] for word in ("score", "p") if f"{rater} {word}" in table), None)
            texts[rater] = table[name] if graded is None else [
                f"{call} ({number})" if number else call
                for call, number in zip(table[name], _plain(graded), strict=True)]
    yield Part("", pd.DataFrame(texts))


def _plain(numbers: pd.Series) -> list[str]:
    """Numbers without an interval, empty where not defined."""
    return ["" if pd.isna(number) else as_text(number, None, None) for number in numbers]


_TABLES: tuple[tuple[str, str, str, Callable[[pd.DataFrame], Parts]], ...] = (
    ("performance", "Performance", "Each rater against the reference standard, with intervals. A dash is not defined; "
     "the file says why.", _performance),
    ("agreement_wide", "Agreement", "With intervals. Kappa is low where one answer is rare although raters agree; AC1 "
     "is not.", _agreement),
    ("mrmc", "Readers and cases", "The readers' mean under one condition less that under another, or less a model. "
     "RRRC: for other readers and cases; FRRC: for these readers and other cases; RRFC: for other readers and these "
     "cases.", _mrmc),
    ("tests", "Tests of raters", "p (Holm) is adjusted within each test and metric. A large p is no proof of equality.",
     _tests),
    ("aid_effect", "Effect of aid", "Shares of cases read both without and with aid, and mean times.", _aid_effect),
    ("ordinal", "Ordered bands", "Errors in bands are 0 where all is right, and so is the UOC index.", _ordinal),
    ("calibration", "Calibration", "Intercept 0 and slope 1 are right; a slope under 1 is too sure; a Brier score of 0 "
     "is perfect.", _performance),
    ("subgroups", "Subgroups", "Groups under 20 cases say little.", _subgroups),
    ("performance_paper_mode", "Paper mode", "Resampled as the published code does; values are means of resamples.",
     _performance),
    ("cases", "Cases", "Every case with every call; in brackets the rater's graded answer.", _cases),
)
"""Table, heading, caption, and how it is printed."""
