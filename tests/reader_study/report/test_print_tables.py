"""The tables as reports print them, and the pages they are set on."""

import pandas as pd
import pytest
from matplotlib.figure import Figure

from ich_model.estimate import as_text
from reader_study.figures.rater_labels import rater_labels
from reader_study.report.pdf_pages import A4, Pages, Table, breadth_of, wrapped
from reader_study.report.print_tables import MOST_ROWS, PrintTable, print_tables
from reader_study.statistics import comparison
from reader_study.statistics.input.settings import Settings
from reader_study.statistics.labels import in_words, p_text
from tests.support.made_ratings import drawn

FEW = Settings(resamples=50, paper_mode=True)


class Kept:
    """Stands for a PDF file: keeps each page's texts with their places in inches."""

    def __init__(self) -> None:
        self.pages: list[list[tuple[str, float, float]]] = []

    def savefig(self, figure: Figure, **_: object) -> None:
        broad, tall = figure.get_size_inches()
        self.pages.append([(text.get_text(), text.get_position()[0] * broad, text.get_position()[1] * tall)
                           for text in figure.texts])


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    frame = drawn(cases=12, readers=3, models=1, conditions=("unaided", "aided"))
    return comparison.all_tables(frame.assign(sex="F", haematoma_ml=20.0), settings=FEW)


@pytest.fixture(scope="module")
def printed(tables) -> dict[str, PrintTable]:
    return {one.heading: one for one in print_tables(tables)}


def test_a_printed_number_is_the_one_of_the_file(tables, printed):
    row = tables["performance"].query("raterID == 'R1' and modalityID == 'aided' and metric == 'recall'").iloc[0]
    cells = printed["Performance"].cells.set_index("Rater")
    assert cells.loc["R1 (aided)", "Recall"] == as_text(row["value"], row["ci_low"], row["ci_high"])


def test_every_rater_and_modality_has_a_row_of_their_own(printed):
    names = [f"R{number} ({modality})" for modality in ("unaided", "aided") for number in (1, 2, 3)]
    for heading in ("Performance", "Ordered bands: GCS band", "Calibration", "Paper mode"):
        raters = printed[heading].cells["Rater"].tolist()
        assert len(raters) == len(set(raters)), heading
        assert [name for name in names if name in raters] == names, heading


def test_no_code_is_printed(printed):
    for heading, one in printed.items():
        if heading != "Cases":
            texts = [*one.cells.columns, *one.cells.astype(str).to_numpy().ravel()]
            assert [text for text in texts if "_" in text] == [], heading


def test_cases_have_each_call_with_its_score_once(tables, printed):
    cells, whole = printed["Cases"].cells, tables["cases"]
    assert cells["Case"].tolist() == whole["caseID"].tolist()
    first = whole.iloc[0]
    assert cells["R1 (aided)"].iloc[0] == f"{first['R1 (aided) call']} ({first['R1 (aided) score']:.2f})"
    assert cells["Readers right (aided)"].tolist() == whole["k_right (aided)"].tolist()


def test_a_remark_that_rows_share_is_a_letter_there_and_a_sentence_once():
    note = "the readers' variance came out negative: the interval may be too narrow; 4 readers, 12 cases"
    row = {"analysis": "RRRC", "comparison": "a - b", "metric": "auc", "covariance": "DeLong", "estimate_a": 0.8,
           "estimate_b": 0.7, "difference": 0.1, "ci_low": 0.05, "ci_high": 0.15, "p": 0.04}
    table = pd.DataFrame([row | {"note": note}, row | {"note": "4 readers, 12 cases"}, row | {"note": note}])
    (one,) = print_tables({"mrmc": table})
    assert one.cells["Note"].tolist() == ["a, 4 readers, 12 cases", "4 readers, 12 cases", "a, 4 readers, 12 cases"]
    assert one.caption.endswith("(a) the readers' variance came out negative: the interval may be too narrow.")


def test_a_long_table_is_cut_and_says_so(tables):
    many = pd.concat([tables["cases"]] * 40, ignore_index=True)
    (one,) = print_tables({"cases": many})
    assert len(one.cells) == MOST_ROWS
    assert f"The first {MOST_ROWS} of {len(many)} rows." in one.caption


def test_a_code_without_a_word_stays():
    assert in_words(pd.DataFrame({"metric": ["auc", "new"]}))["metric"].tolist() == ["AUC", "new"]


@pytest.mark.parametrize(("p", "text"), [(1e-300, "<0.001"), (0.0004, "<0.001"), (0.05, "0.050"), (1.0, "1.000"),
                                         (float("nan"), "")])
def test_a_p_value_is_never_printed_as_zero(p: float, text: str):
    assert p_text(p) == text


def test_raters_that_share_a_name_have_labels_of_their_own():
    rows = pd.DataFrame({"raterID": ["M", "M", "M"], "rater_type": ["model", "model", "reader"],
                         "modalityID": ["M", "M2", "unaided"], "metric": "auc"})
    assert rater_labels(rows).tolist() == ["M [model, M]", "M [model, M2]", "M [reader]"]


def test_no_line_is_broader_than_its_room():
    text = "The readers' mean under one condition less that under another, or less a model. " * 4
    lines = wrapped(text, 9, 3.0)
    assert max(breadth_of(line, 9) for line in lines) <= 3.0
    assert " ".join(lines) == " ".join(text.split())


def test_a_long_table_carries_its_header_over_and_loses_no_row():
    file = Kept()
    pages = Pages(file)
    pages.heading("Long", lying=True)
    pages.table(Table(("Rater", "Value"), tuple((f"R{number}", "0.50") for number in range(150))))
    pages.close()
    texts = [[text for text, *_ in page] for page in file.pages]
    assert len(texts) > 2
    assert all("Rater" in page for page in texts)
    assert [text for page in texts for text in page if text.startswith("R") and text != "Rater"] == [
        f"R{number}" for number in range(150)]


def test_a_page_is_not_written_over_its_edge():
    file = Kept()
    pages = Pages(file)
    pages.heading("Broad", lying=True)
    pages.table(Table(tuple(f"A rather long header {i}" for i in range(9)),
                      tuple(tuple(f"0.5{i} (0.10–0.90)" for i in range(9)) for _ in range(80))))
    pages.close()
    for page in file.pages:
        assert all(0 < x < A4[1] and 0.3 < y < A4[0] for _, x, y in page)


def test_a_table_too_broad_to_read_is_set_as_a_block_a_row():
    file = Kept()
    pages = Pages(file)
    pages.table(Table(tuple(f"Column{i}" for i in range(60)), (tuple(f"value {i} of many" for i in range(60)),)))
    pages.close()
    said = " ".join(text for page in file.pages for text, *_ in page)
    assert "Column0: value 0 of many; Column1: value 1 of many" in said
    assert "Column59: value 59 of many" in said
