"""`compare` on files that are not quite right: right numbers, or one sentence with the place and the rule."""

import csv
import re
from pathlib import Path

import pytest

from reader_study.commands.compare import main

HEADER = "readerID,caseID,modalityID,score,truth\n"
ROWS = "".join(f"{reader},c{case},CT,{(case * 7 + shift) % 10 / 10},{case % 2}\n"
               for reader, shift in (("A", 0), ("B", 4)) for case in range(6))
WHOLE = HEADER + ROWS
OTHERS = ROWS.replace("A,", "C,").replace("B,", "D,")
IMRMC = "BEGIN DATA:\n-1,1,0,1\n-1,2,0,0\n"
REFUSED = {
    "empty": ("", "No columns to parse"),
    "only a header": (HEADER, "the table has no rows"),
    "semicolons and decimal commas": (WHOLE.replace(",", ";").replace(".", ","), "separated by semicolons; expected "),
    "tabs": (WHOLE.replace(",", "\t"), "separated by tabs; expected commas"),
    "a decimal comma in quotes": (HEADER + 'A,c0,CT,"0,5",1\n', "row 2, column score: .*got '0,5'"),
    "percent": (HEADER + "A,c0,CT,40%,1\n", "row 2, column score: .*got '40%'"),
    "another case of letters": (WHOLE.replace("readerID", "readerid"), "column readerID is missing; .*got readerid,"),
    "a column twice": (WHOLE.replace("modalityID,score", "score,score"), "row 1, column score: expected each column "),
    "a long row": (WHOLE + "A,c9,CT,0.4,1,9,9\n", "line 14: expected 5 cells as in the header, got 7"),
    "a short row": (WHOLE + "A,c9\n", "row 14, column modalityID: expected a name, got an empty cell"),
    "a row twice": (WHOLE + "A,c0,CT,0.0,0\n", "row 14, column caseID: expected one row a reader"),
    "a row twice but for a blank": (WHOLE + "A ,c0 ,CT,0.0,0\n", "row 14, column caseID: expected one row a reader"),
    "no score": (HEADER + "A,c0,CT,,1\n", "row 2, column decision: .*or a score of prognosis to make it from"),
    "a score outside": (WHOLE + OTHERS + "A,c9,CT,1.5,1\n", "row 26, column score: expected a number from 0 to 1, got "
                        "1.5; where the scores have another scale, name it with --score-range LOW HIGH"),
    "an endless score": (WHOLE + "A,c9,CT,inf,1\n", "row 14, column score: expected a number from 0 to 1"),
    "nan in words": (WHOLE + "A,c9,CT,nan,1\n", "row 14, column score: .*got 'nan'"),
    "two truths": (WHOLE + "C,c0,CT,0.2,1\n", "row 14, column truth: expected the same truth"),
    "truth between": (WHOLE + "A,c9,CT,0.2,0.5\n", "row 14, column truth: expected a class index"),
    "a control character": (WHOLE + "A,c\x009,CT,0.2,1\n", "row 14, column caseID: .*without control characters"),
    "an open quote": (WHOLE + '"A,c9,CT,0.2,1\n', "expected a CSV file with a header row"),
}
REFUSED_IMRMC = {
    "no ratings": (IMRMC, "the table has no rows"),
    "truth of 5": (IMRMC.replace("-1,2,0,0", "-1,2,0,5"), "line 3: expected 0 or 1 as the truth of case 2, got 5"),
    "a rating twice": (IMRMC + "1,1,a,0.9\n\n1,1,a,0.8\n", "row 6, column caseID: expected one row a reader"),
    "an endless score": (IMRMC + "1,1,a,0.9\n1,2,a,inf\n", "row 5, column score: expected a number from 0 to 1"),
}
OPTIONS = [
    (["--threshold", "nan"], "--threshold nan: expected a number on the scale of the scores, from 0 to 1"),
    (["--threshold", "5"], "--threshold 5: expected a number on the scale of the scores, from 0 to 1"),
    (["--score-range", "1", "0"], "--score-range 1 0: expected two numbers, the lower one first"),
    (["--score-range", "0", "inf"], "--score-range 0 inf: expected two numbers"),
    (["--positive", "dead"], "column truth: expected dead and one other label, got 0, 1"),
    (["--reference-modality", "MR"], "reference modality 'MR': expected one of CT"),
]
BAD_NUMBERS = [("--alpha", "0"), ("--alpha", "1"), ("--alpha", "nan"), ("--alpha", "five"), ("--alpha", "1e-300"),
               ("--bootstrap", "0"), ("--seed", "-1"), ("--margin", "-0.1")]


def compared(tmp_path: Path, content: str | bytes, *options: str, name: str = "r.csv") -> int:
    """The command's exit status on a file of that content."""
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return main([str(path), "--out", str(tmp_path / "out"), "--tables-only", "--bootstrap", "50", *options])


def table(tmp_path: Path, name: str) -> list[dict[str, str]]:
    """A written table."""
    with (tmp_path / "out" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def refusal(done: int, capsys: pytest.CaptureFixture, tmp_path: Path) -> str:
    """The one sentence of a refusal, of which nothing is left behind."""
    error = capsys.readouterr().err
    assert done == 2
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()
    return error


@pytest.mark.parametrize("name", REFUSED)
def test_a_broken_file_is_refused_in_one_sentence(name: str, tmp_path: Path, capsys: pytest.CaptureFixture):
    content, rule = REFUSED[name]
    assert re.search(rule, refusal(compared(tmp_path, content), capsys, tmp_path))


@pytest.mark.parametrize("name", REFUSED_IMRMC)
def test_a_broken_imrmc_file_is_refused_with_its_line(name: str, tmp_path: Path, capsys: pytest.CaptureFixture):
    content, rule = REFUSED_IMRMC[name]
    assert re.search(rule, refusal(compared(tmp_path, content, name="r.imrmc"), capsys, tmp_path))


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_another_encoding_is_named(encoding: str, tmp_path: Path, capsys: pytest.CaptureFixture):
    done = compared(tmp_path, WHOLE.replace("A,", "José,").encode(encoding))
    assert "r.csv: expected text in UTF-8, got byte 0x" in refusal(done, capsys, tmp_path)


@pytest.mark.parametrize(("options", "rule"), OPTIONS)
def test_options_that_do_not_fit_the_table_are_refused(options: list[str], rule: str, tmp_path: Path,
                                                       capsys: pytest.CaptureFixture):
    assert rule in refusal(compared(tmp_path, WHOLE, *options), capsys, tmp_path)


@pytest.mark.parametrize("option", BAD_NUMBERS, ids=" ".join)
def test_nonsense_numbers_are_refused_before_reading(option: tuple[str, str], tmp_path: Path,
                                                     capsys: pytest.CaptureFixture):
    assert f"argument {option[0]}: expected a" in refusal(compared(tmp_path, WHOLE, *option), capsys, tmp_path)


@pytest.mark.parametrize(("truths", "rule"), [
    ("z,1\n", "expected the caseIDs of the ratings, such as c0, got none of them"),
    ("c0,0\nc1,0\n", "case c1 has truth 0, the ratings say 1"),
    ("c0,0\nc0,0\n", "case c0 has more than one row"),
    (",1\n", "expected a caseID in every row, got an empty cell"),
])
def test_a_file_of_truths_that_does_not_fit_is_refused(truths: str, rule: str, tmp_path: Path,
                                                       capsys: pytest.CaptureFixture):
    (tmp_path / "t.csv").write_text("caseID,truth\n" + truths, encoding="utf-8")
    assert rule in refusal(compared(tmp_path, WHOLE, "--truth", str(tmp_path / "t.csv")), capsys, tmp_path)


@pytest.mark.parametrize("content", [WHOLE.encode("utf-8-sig"), WHOLE.replace("\n", "\r\n"),
                                     WHOLE.replace(",", " , "), WHOLE.replace("\n", ",\n")],
                         ids=["a byte order mark", "line ends of Windows", "blanks around cells", "a comma at the end"])
def test_a_file_that_only_looks_different_gives_the_same_numbers(content: str | bytes, tmp_path: Path):
    (tmp_path / "plain").mkdir()
    assert (compared(tmp_path / "plain", WHOLE), compared(tmp_path, content)) == (0, 0)
    for name in ("performance.csv", "agreement.csv", "tests.csv", "mrmc.csv"):
        assert table(tmp_path, name) == table(tmp_path / "plain", name)


def test_names_of_any_script_and_zeros_in_front_stay(tmp_path: Path):
    assert compared(tmp_path, WHOLE.replace("A,c", "王医生,00").replace("B,c", "Ñandú,00")) == 0
    assert {row["raterID"] for row in table(tmp_path, "performance.csv")} >= {"王医生", "Ñandú"}
    assert table(tmp_path, "cases.csv")[0]["caseID"] == "000"


def test_scores_too_small_for_full_precision_are_ranked_as_they_are(tmp_path: Path):
    tiny = HEADER + "".join(f"A,c{case},CT,{case + 1}e-320,{int(case >= 3)}\n" for case in range(6))
    assert compared(tmp_path, tiny) == 0
    assert [row["value"] for row in table(tmp_path, "performance.csv")
            if (row["raterID"], row["metric"]) == ("A", "auc")] == ["1.0"]


@pytest.mark.parametrize(("threshold", "recall"), [("0", "1.0"), ("1", "0.0")])
def test_thresholds_at_the_ends_call_all_or_none(threshold: str, recall: str, tmp_path: Path):
    assert compared(tmp_path, WHOLE, "--threshold", threshold) == 0
    assert {row["value"] for row in table(tmp_path, "performance.csv")
            if (row["raterID"], row["metric"]) == ("A", "recall")} == {recall}


def test_readers_without_a_case_in_common_are_counted(tmp_path: Path):
    apart = HEADER + "".join(f"{'A' if case < 6 else 'B'},c{case},CT,0.{case % 10},{case % 2}\n" for case in range(12))
    assert compared(tmp_path, apart) == 0
    assert all("read 6 of 12 cases" in row["note"] for row in table(tmp_path, "performance.csv")
               if row["raterID"] == "A")
    assert "not defined: no case was read by all readers" in {row["note"] for row in table(tmp_path, "tests.csv")}


def test_reads_of_cases_without_truth_are_counted(tmp_path: Path):
    assert compared(tmp_path, IMRMC + "1,1,a,0.9\n1,2,a,0.1\n1,99,a,0.5\n", name="r.imrmc") == 0
    accuracy = next(row for row in table(tmp_path, "performance.csv") if row["metric"] == "accuracy")
    assert accuracy["n"] == "2"
    assert accuracy["note"] == "1 read without known truth left out"


def test_readers_missing_in_an_imrmc_file_are_counted(tmp_path: Path):
    rows = "-1,3,0,1\n-1,4,0,0\n1,1,a,0.9\n1,2,a,0.1\n1,3,a,0.8\n1,4,a,0.3\n2, 1 ,a,0.7\n2,4,a,0.2\n"
    assert compared(tmp_path, IMRMC + rows, name="r.imrmc") == 0
    second = next(row for row in table(tmp_path, "performance.csv") if row["raterID"] == "2")
    assert (second["value"], second["n"], second["note"]) == ("1.0", "2", "read 2 of 4 cases with known truth")


def test_one_case_has_its_counts_and_reasons(tmp_path: Path):
    assert compared(tmp_path, HEADER + "A,c0,CT,0.3,1\nB,c0,CT,0.7,1\n") == 0
    found = {(row["raterID"], row["metric"]): row for row in table(tmp_path, "performance.csv")}
    assert found["B", "accuracy"]["value"] == "1.0"
    assert found["B", "auc"]["note"] == "not defined: AUC needs positive and negative cases"
    assert found["B", "specificity"]["note"] == "not defined: no negative case was read"
