"""The design of a study: set up in the browser or from a study.toml, until the first read; and the study's opening."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from pages.shared import resources
from pages.shared.coordinate import actions
from reader_study.study import question_table, study_file
from reader_study.study.definition import LARGEST_SHARE, LONGEST_WASHOUT_DAYS, Design, Fact, Study, When
from reader_study.study.design import Person
from reader_study.study.errors import NotAllowed
from reader_study.study.questions import STANDARD, QuestionKind

DESIGNS = {
    Design.UNAIDED_ONLY: "Unaided only",
    Design.SEQUENTIAL: "Sequential: unaided, then aided",
    Design.CROSSOVER: "Crossover in two sessions",
}
WHENS = {When.NEVER: "never", When.AIDED: "in aided reads", When.ALWAYS: "in all reads"}
KINDS = [str(kind) for kind in QuestionKind]


def show(person: Person) -> None:
    """The opening of the study, and its definition: a form while it may change, and a file at any time."""
    store, key = resources.store(), person.study_key
    study, state = store.study(key), store.state(key)
    _opening(person)
    st.header("Definition")
    if said := st.session_state.pop("design-said", None):
        st.success(said)
    if state.has_reads:
        st.caption("The study holds reads, so its definition is frozen: cases, questions, cut-offs, model and orders. "
                   "Readers may still come in, the deadline may move, and the study may be closed.")
        st.code(study_file.write(study), language="toml")
    else:
        _form(person, study)
    _as_file(person, study, may_change=not state.has_reads)
    if not study.demo:
        _another_study(person)


def _opening(person: Person) -> None:
    """Each reason why reading cannot begin, or the button with which it does; and the deadline."""
    store, key = resources.store(), person.study_key
    state = store.state(key)
    if not state.opened:
        if reasons := store.why_not_open(key):
            st.header("Before the study can open")
            st.markdown("\n".join(f"- {reason}" for reason in reasons))
        st.caption("Readers can sign in and read once the study is open. The first read freezes it.")
        if st.button("Open the study", type="primary", disabled=bool(reasons)):
            _do(lambda: store.open_study(key, by=person.username), "The study is open: its readers can read.")
    if not state.closed:
        _deadline(person, state.deadline)


def _deadline(person: Person, known: datetime | None) -> None:
    with (st.form("deadline", border=False), st.container(horizontal=True, vertical_alignment="bottom")):
        day = st.date_input("Deadline (UTC, end of the day); none where it is empty",
                            known.date() - timedelta(days=known.time() == time()) if known else None)
        if st.form_submit_button("Set the deadline"):
            when = datetime.combine(day, time(), UTC) + timedelta(days=1) if day else None
            _do(lambda: resources.store().set_deadline(person.study_key, when, by=person.username),
                "The deadline is set.")


def _do(act: Any, said: str) -> None:
    """Carries out an action and reruns the page with a message, or shows why it was refused."""
    try:
        act()
    except ValueError as error:
        st.warning(str(error))
        return
    st.session_state["design-said"] = said
    st.rerun()


def _form(person: Person, study: Study) -> None:
    """Every part of the definition; nothing is stored before the button."""
    changes: dict[str, Any] = {"title": st.text_input("Title", study.title)}
    text, preview = st.columns(2, gap="medium")
    changes["instructions"] = text.text_area("Instructions for readers (Markdown)", study.instructions, height=170)
    with preview.container(border=True, height=202):
        st.markdown(changes["instructions"] or "*The instructions as readers see them.*")
    changes |= _plan(person, study)
    changes["questions"] = st.multiselect(
        "Questions; own ones come after these", list(STANDARD),
        [question.key for question in study.questions if question.key in STANDARD],
        format_func=lambda key: STANDARD[key].text)
    rows = pd.DataFrame(question_table.own(study.questions), columns=list(question_table.COLUMNS))
    st.caption("Own questions. Choices: `code = Text (KEY); code = Text (KEY)`; keys: a letter, or `Alt+` and a "
               "letter. The viewer's own letters are taken.")
    edited = st.data_editor(rows.astype({"low": float, "high": float, "required": bool, "whole": bool}),
                            num_rows="dynamic", hide_index=True, key="own-questions", column_config={
        "kind": st.column_config.SelectboxColumn(options=KINDS, default="choice", required=True),
        "required": st.column_config.CheckboxColumn(default=True), "whole": st.column_config.CheckboxColumn(),
        "choices": st.column_config.TextColumn(width="large"),
    })
    if st.button("Keep the definition", type="primary"):
        _do(lambda: resources.store().update_study(_changed(study, changes, edited), by=person.username),
            "The definition is kept.")


def _changed(study: Study, changes: dict[str, Any], edited: pd.DataFrame) -> Study:
    """The study of the form; ValueError with one sentence where it cannot be one."""
    listed = [study.question(key) or STANDARD[key] for key in STANDARD if key in changes["questions"]]
    listed += [question_table.question_of({str(name): cell for name, cell in row.items()})
               for row in edited.to_dict("records")]
    return replace(study, **changes | {"questions": tuple(listed)})


def _plan(person: Person, study: Study) -> dict[str, Any]:
    """Design, order, training, clinical data and the model shown."""
    store, left, middle, right = resources.store(), *st.columns(3, gap="medium")
    cases = [case.key for case in store.cases(person.study_key)]
    design = left.selectbox("Design", list(DESIGNS), list(DESIGNS).index(study.design), format_func=DESIGNS.__getitem__)
    crossed = design is Design.CROSSOVER
    changes: dict[str, Any] = {
        "design": design,
        "washout_days": left.number_input("Washout between the sessions, days", 0, LONGEST_WASHOUT_DAYS,
                                          study.washout_days if crossed else 0, disabled=not crossed),
        "seed": left.number_input("Seed of the reading orders", 0, None, study.seed, step=1),
        "training": tuple(middle.multiselect("Training cases, read first with feedback",
                                             sorted({*cases, *study.training}), list(study.training))),
        "repeat_share": middle.number_input("Cases read twice, %", 0, round(100 * LARGEST_SHARE),
                                            round(100 * study.repeat_share)) / 100,
    }
    models = sorted({("", ""), (study.variant, study.weights_id),
                     *((one.variant, one.weights_id) for one in store.predictions(person.study_key))})
    changes["variant"], changes["weights_id"] = middle.selectbox(
        "Model shown in aided reads", models, models.index((study.variant, study.weights_id)),
        format_func=lambda model: " ".join(model) if any(model) else "the only one there is")
    shown = dict(study.clinical)
    changes["clinical"] = tuple(
        (fact, right.selectbox(f"{actions.FACT_NAMES[fact]} is shown", list(WHENS), format_func=WHENS.__getitem__,
                               index=list(WHENS).index(shown.get(fact, When.NEVER)), key=f"fact-{fact}"))
        for fact in Fact)
    corrections, results = st.columns(2, gap="medium")
    changes["corrections"] = corrections.checkbox("Readers may correct a locked read, with a reason", study.corrections)
    changes["readers_see_results"] = results.checkbox(
        "Readers see the results once they are unlocked and their own reads complete", study.readers_see_results)
    return changes


def _as_file(person: Person, study: Study, *, may_change: bool) -> None:
    """study.toml out, and in while the definition may change; both give the same stored definition."""
    st.header("As a file")
    st.download_button("Download study.toml", study_file.write(study), "study.toml", "application/toml")
    uploaded = st.file_uploader("Take the definition from a study.toml", type="toml") if may_change else None
    if uploaded and st.button("Take this file"):
        def take() -> None:
            text = uploaded.getvalue().decode("utf-8", errors="replace")
            new = study_file.parse(text, key=study.key, seed=study.seed, name=uploaded.name)
            if new.key != study.key:
                raise NotAllowed(f"{uploaded.name}: it defines study {new.key}, expected {study.key} or no key")
            resources.store().update_study(new, by=person.username)

        _do(take, "The definition is taken from the file.")


def _another_study(person: Person) -> None:
    st.header("Another study")
    if st.button("Make a link to set up another study"):
        link = actions.setup_link(person, page_url=resources.page_address())
        st.caption("Whoever opens it becomes the coordinator of a new study. It works once, for seven days.")
        st.code(link, language=None, wrap_lines=True)
