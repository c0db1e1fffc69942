"""study.toml: it gives the definition that the browser gives, comes back as it was, and says what is wrong."""

import pytest

from reader_study.study import study_file
from reader_study.study.definition import Design, Fact, Study, When
from reader_study.study.questions import STANDARD, Choice, Question
from reader_study.study.study_file import BadStudyFile

TEXT = """
title = "ICH prognosis"
design = "crossover"
washout_days = 28
training = ["case-001"]
repeat_share = 0.1
questions = ["prognosis", "p_poor", "signs", "comment"]

[question.signs]
text = "Signs"
kind = "choices"
required = false
choices = [{ code = "spot", text = "Spot sign", letter = "A" }, { code = "swirl", text = "Swirl sign" }]

[question.comment]
required = true

[clinical]
age = "always"
sex = "aided"
gcs = "never"
"""
SIGNS = Question(key="signs", text="Signs", kind="choices", required=False,
                 choices=(Choice("spot", "Spot sign", "A"), Choice("swirl", "Swirl sign")))
STUDY = Study(
    key="ich", title="ICH prognosis", seed=5, design=Design.CROSSOVER, washout_days=28, training=("case-001",),
    repeat_share=0.1, clinical={Fact.AGE: When.ALWAYS, Fact.SEX: When.AIDED},
    questions=(STANDARD["prognosis"], STANDARD["p_poor"], SIGNS,
               Question(**{**vars(STANDARD["comment"]), "required": True})),
)  # fmt: skip


def test_a_file_gives_the_definition():
    assert study_file.parse(TEXT, key="ich", seed=5) == STUDY


@pytest.mark.parametrize("study", [
    STUDY, Study(key="plain", title='Quotes " and \\ and\nlines – ß', seed=2**31, instructions="# Read\n\t\x7f*all*")
])
def test_a_written_file_gives_the_same_definition(study):
    assert study_file.parse(study_file.write(study), key="other", seed=0) == study


@pytest.mark.parametrize(("text", "sentence"), [
    ("title = ", "study.toml: expected TOML"),
    ("design = 'sequential'", "missing 1 required keyword-only argument: 'title'"),
    ("title = 'T'\ntitel = 'U'", "the file: titel is unknown, expected some of key, title"),
    ("title = 'T'\ndesign = 'crossed'", "'crossed' is not a valid Design"),
    ("title = 'T'\nquestions = ['shift']", "question shift: expected one of prognosis, .*or a table"),
    ("title = 'T'\n[question.shift]\ntext = 'S'", "question shift: it is defined, but not listed in questions"),
    ("title = 'T'\nquestions = ['shift']\n[question.shift]\nkind = 'number'", "question shift: text is missing"),
    ("title = 'T'\nquestions = ['shift']\n[question.shift]\nmin = 0", "question shift: min is unknown"),
    ("title = 'T'\nwashout_days = 3", "washout_days: expected 0, or the design crossover"),
    ("title = 'T'\n[clinical]\nweight = 'always'", "'weight' is not a valid Fact"),
])
def test_a_file_that_cannot_be_taken_says_why(text, sentence):
    with pytest.raises(BadStudyFile, match=sentence):
        study_file.parse(text, key="ich", seed=1)


def test_a_file_that_is_not_there_says_so(tmp_path):
    with pytest.raises(BadStudyFile, match=r"study\.toml: expected a readable study file"):
        study_file.read(tmp_path / "study.toml", key="a", seed=1)
