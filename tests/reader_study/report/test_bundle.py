"""The export: everything in it, the same bytes twice, methods that say what was done and nothing else."""

import io
import re
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from ich_model import software
from ich_model.estimate import Interval
from reader_study.figures import print_figures
from reader_study.figures.print_style import FORMATS, rendered
from reader_study.figures.saliency_figure import Panel, Row, saliency_figure, strongest_slice, upright
from reader_study.report import bundle, checklist, csv_export, html, methods
from reader_study.report.csv_export import to_zip
from reader_study.report.guideline_items import ITEMS
from reader_study.report.provenance import Provenance, code_digest, of_file
from reader_study.statistics import comparison
from reader_study.statistics.input.settings import Settings
from tests.support.made_ratings import drawn, ratings

ROOT = Path(__file__).resolve().parents[3]
FEW = Settings(resamples=100)
ORIGIN = Provenance("A <study>", "4 readers are simulated.", {"design": "sequential", "order seed": "7",
                                                              "clinical data shown": "none",
                                                              "audit trail, last hash": "ab" * 32,
                                                              "weights of MT": "0123456789ab"})


def timed() -> pd.DataFrame:
    """Small ratings with everything: two conditions, times, sex and volume."""
    frame = drawn(cases=12, readers=3, models=1, conditions=("unaided", "aided"))
    rng, reader = np.random.default_rng(1), frame["rater_type"] == "reader"
    return frame.assign(
        seconds=np.where(reader, rng.gamma(4, 10, len(frame)).round(1), np.nan),
        overlay_seconds=np.where(frame["condition"] == "aided", 3.0, np.nan),
        position=np.where(reader, frame["caseID"].str.removeprefix("case-").astype(int), np.nan),
        sex=np.where(frame["caseID"] < "case-3", "F", "M"), haematoma_ml=20.0)


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return bundle.files(timed(), settings=FEW, provenance=ORIGIN)


def test_the_archive_holds_tables_figures_methods_checklist_origin_and_reports(files):
    wanted = {"performance.csv", "mrmc.csv", "sample_size.csv", "checklist.csv", "about.csv", "data_dictionary.csv",
              "methods.txt", "report.html", "report.pdf", "ratings.imrmc", "README.txt"}
    assert wanted <= set(files)
    assert {f"figures/{name}.{kind}" for name in print_figures.FIGURES for kind in FORMATS} <= set(files)
    assert all(files.values())


def test_exporting_twice_gives_the_same_bytes(files):
    again = bundle.files(timed().sample(frac=1, random_state=1), settings=FEW, provenance=ORIGIN)
    assert [name for name in files if files[name] != again[name]] == []
    assert to_zip(files) == to_zip(again)


def test_the_html_report_needs_nothing_from_elsewhere_and_escapes_names(files):
    page = files["report.html"].decode()
    assert "A &lt;study&gt;" in page
    assert "4 readers are simulated." in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "src=\"data:image/svg+xml;base64," in page
    assert "<script" not in page


def test_the_reports_are_a_page_and_a_pdf(files):
    assert files["report.html"].startswith(b"<!doctype html>")
    assert files["report.pdf"].startswith(b"%PDF")
    assert b"CreationDate" not in files["report.pdf"]


def test_the_origin_has_digests_seed_and_the_audit_trails_last_hash(files):
    facts = pd.read_csv(io.BytesIO(files["about.csv"])).set_index("item")["value"]
    assert facts["audit trail, last hash"] == "ab" * 32
    assert facts["seed"] == "1"
    assert facts["code SHA-256"] == code_digest()
    assert {"version of numpy", "ratings table digest", "weights of MT"} <= set(facts.index)


@pytest.mark.parametrize("file", ["reader_study/statistics/performance/delong.py", "ich_model/roc_area.py"])
def test_the_digest_of_the_code_changes_with_each_module_that_computes_a_statistic(tmp_path, file):
    for path in (file, "reader_study/other.py"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text((ROOT / file).read_text(encoding="utf-8"), encoding="utf-8")
    before = code_digest(tmp_path)
    (tmp_path / file).write_text("changed", encoding="utf-8")
    assert code_digest(tmp_path) != before


def test_every_part_of_the_archive_says_which_version_made_it(files):
    told = software.title_and_version()
    assert files["README.txt"].decode().startswith(f"Made by {told}.")
    assert [name for name in ("methods.txt", "report.html", "checklist.csv") if told not in files[name].decode()] == []
    assert f"version of {software.TITLE},{software.app_version()}" in files["about.csv"].decode()


def test_tables_alone_say_which_version_made_them():
    about = csv_export.with_dictionary({})["about"]
    assert about.to_dict("records") == [{"item": f"version of {software.TITLE}", "value": software.app_version()}]


def test_a_file_is_known_by_its_digest(tmp_path: Path):
    (tmp_path / "r.csv").write_text("a", encoding="utf-8")
    assert of_file(tmp_path / "r.csv").facts["ratings file SHA-256"].startswith("ca978112ca1b")


def said(frame: pd.DataFrame, settings: Settings = FEW) -> str:
    return methods.paragraph(comparison.all_tables(frame, settings=settings), settings)[0]


def test_methods_name_what_was_done():
    text = said(timed(), Settings(resamples=100, margin=0.1, interval=Interval.EXACT, paper_mode=True))
    for words in ("Clopper-Pearson", "Obuchowski and Rockette", "margin of 0.1", "Conger", "haematoma volume",
                  "effect of aid", "Reading time", "these readers and random cases", "published code",
                  "100 bootstrap resamples"):
        assert words in text


def test_methods_leave_out_what_was_not_done():
    text = said(ratings([1, 0, 1], readers={"A": [1, 0, 0]}))
    unsaid = ("Reading", "AUC", "Obuchowski", "Fleiss' kappa", "McNemar", "Brier", "effect of aid", "published")
    assert [words for words in unsaid if words in text] == []


def test_every_citation_has_its_reference():
    text, references = methods.paragraph(comparison.all_tables(timed(), settings=FEW), FEW)
    assert f"{len(references)}]" in text
    assert f"{len(references) + 1}]" not in text
    assert len(set(references)) == len(references)


def test_the_checklist_fills_what_the_study_knows_and_leaves_the_rest():
    tables = comparison.all_tables(timed(), settings=FEW)
    found = checklist.table(tables, ORIGIN.facts, FEW)
    assert set(found["guideline"]) == {"CLAIM", "STARD-AI", "TRIPOD+AI", "GRRAS"}
    assert "weights MT: 0123456789ab" in found["answer"].tolist()
    assert set(found.loc[found["topic"] == "Funding", "state"]) == {"authors"}
    assert found.set_index(["guideline", "item"]).loc[("GRRAS", "6"), "state"].startswith("in part")


def test_the_checklist_says_nothing_of_how_a_table_from_elsewhere_was_read():
    found = checklist.table(comparison.all_tables(timed(), settings=FEW), {}, FEW).set_index(["guideline", "item"])
    unknown = [("STARD-AI", "17a"), ("STARD-AI", "40b"), ("GRRAS", "2"), ("GRRAS", "8"), ("CLAIM", "31")]
    assert set(found.loc[unknown, "state"]) == {"authors"}
    assert not found["answer"].str.contains("head CT|audit trail").any()


def test_the_items_keep_to_the_published_numbers():
    last = {"CLAIM": 44, "STARD-AI": 40, "TRIPOD+AI": 27, "GRRAS": 15}  # of each guideline's own list
    numbers = {guideline: [int(number) for one, item, *_ in ITEMS if one == guideline
                           for number in re.findall(r"\d+", item)] for guideline in last}
    assert {guideline: max(found) for guideline, found in numbers.items()} == last
    assert all(found == sorted(found) for found in numbers.values())
    assert len({(guideline, item) for guideline, item, *_ in ITEMS}) == len(ITEMS)


def test_undefined_cells_are_empty_in_the_report():
    assert [html.shown(value) for value in (None, float("nan"), pd.NA, 0.123456, "x")] == ["", "", "", "0.1235", "x"]


@pytest.mark.parametrize("kind", FORMATS)
def test_a_figure_is_the_same_bytes_twice(kind: str):
    tables = comparison.some_tables(timed(), "performance", settings=FEW)
    assert len({rendered(print_figures.metric_bars(tables, "prognosis", FEW), kind) for _ in range(2)}) == 1


def test_print_figures_that_have_nothing_to_show_are_left_out():
    tables = comparison.all_tables(ratings([1, 0], readers={"A": [1, 0]}), settings=FEW)
    found = print_figures.all_figures(tables, "prognosis", FEW)
    assert {"calibration", "reading_time", "aid"}.isdisjoint(found)
    assert all(isinstance(figure, Figure) for figure in found.values())


def row(case: str, n: int = 2) -> Row:
    hu = np.zeros((6, 5))
    return Row(case, "Poor", "3/4", "slice 2 of 9", [Panel(hu, np.eye(6, 5), 0.58)] * n)


def test_the_saliency_figure_has_p_above_and_readers_right_below():
    figure = saliency_figure(["A", "B"], [row("case-1"), row("case-2")])
    assert [axis.get_title() for axis in figure.axes] == ["A\np = 0.58", "B\np = 0.58", "p = 0.58", "p = 0.58"]
    assert [axis.get_xlabel() for axis in figure.axes].count("right by 3/4") == 2
    with pytest.raises(ValueError, match="case-1: expected 3 panels, one a model, got 2"):
        saliency_figure(["A", "B", "C"], [row("case-1")])


def test_more_cases_than_models_run_across_the_page():
    figure = saliency_figure(["A"], [row("case-1", 1), row("case-2", 1), row("case-3", 1)])
    assert figure.get_figwidth() > 2 * figure.get_figheight()
    assert [axis.get_title() for axis in figure.axes] == [
        f"case-{n}\nPoor\nslice 2 of 9\np = 0.58" for n in (1, 2, 3)]
    assert [axis.get_ylabel() for axis in figure.axes] == ["A", "", ""]
    assert {axis.get_xlabel() for axis in figure.axes} == {"right by 3/4"}


def test_a_slice_stands_upright_and_the_strongest_is_chosen():
    volume = np.zeros((3, 4, 5))
    volume[0, 3, 2] = 1  # RAS+: the patient's left, front
    assert strongest_slice(volume) == 2
    assert np.argwhere(upright(volume, 2)).tolist() == [[0, 2]]  # top row, right side of the picture
    assert strongest_slice(np.zeros((3, 4, 5))) == 2


def test_the_zip_is_in_order_and_without_dates(files):
    archive = zipfile.ZipFile(io.BytesIO(to_zip(files)))
    assert archive.namelist() == sorted(files)
    assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
