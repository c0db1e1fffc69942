"""Scans from a browser: the files, what a person must decide about them, and what became of each."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from ich_model.scans import load
from pages.shared import resources
from pages.shared.coordinate import actions
from reader_study.imports.staging import Choices, Tell

KINDS = ("nii", "gz", "zip", "dcm")
_TO_LOOK_INTO = (".zip", ".dcm")  # a NIfTI file holds one scan and leaves nothing to decide


@dataclass(frozen=True)
class Question:
    """What is to be decided of one scan: which of several series, and whether writing in its pixels names nobody."""

    scan: str
    series: tuple[str, ...]
    burned_in: bool


def show(study_key: str, *, with_scans: bool) -> None:
    """The upload of scans, where they may still come, and of their truth; each refused scan says why."""
    files = _scans() if with_scans else []
    truth = st.file_uploader("Reference standard, if there is one: a CSV with caseID, poor, gcs, age", type="csv")
    choices = _decided(_questions(files))
    if not st.button("Import", disabled=not (files or truth)):
        return
    try:
        with _progress(len(files)) as tell:
            outcomes = actions.import_uploads(study_key, files, truth, choices=choices, tell=tell)
    except ValueError as error:  # a truth table that breaks a rule, or a study that was frozen meanwhile
        st.warning(str(error))
        return
    came_in = any(outcome.case for outcome in outcomes) or truth is not None
    (st.success if came_in else st.warning)(actions.what_came_in(outcomes, with_truth=truth is not None))
    for outcome in outcomes:
        if outcome.refusal:
            st.warning(f"{outcome.refusal} [{outcome.code}]")
        elif outcome.case and outcome.notes:
            st.caption(f"{outcome.case.key}, from {outcome.file_name}: {'; '.join(outcome.notes)}.")


def _scans() -> list[UploadedFile]:
    limit = st.get_option("server.maxUploadSize")
    return st.file_uploader(
        f"Head CTs: .nii, .nii.gz, .zip of NIfTI or DICOM, or all .dcm files of one scan; up to {limit} MB a file. "
        "Readers see keys, not names",
        type=KINDS, accept_multiple_files=True)


def _questions(files: Sequence[UploadedFile]) -> tuple[Question, ...]:
    """What the headers of an upload leave open; looked into once for each upload."""
    to_look_into = [file for file in files if file.name.lower().endswith(_TO_LOOK_INTO)]
    if not to_look_into:
        return ()
    return resources.kept("upload", tuple(file.file_id for file in files), lambda: _asked_of(to_look_into))


def _asked_of(files: Sequence[UploadedFile]) -> tuple[Question, ...]:
    with st.spinner("Looking into the files ..."), actions.on_disk(files) as paths:
        found = load.find(paths)
    questions = (Question(scan.name, tuple(one.label for one in scan.series) if scan.needs_choice else (),
                          any(one.burned_in for one in scan.series)) for scan in found)
    return tuple(question for question in questions if question.series or question.burned_in)


def _decided(questions: Sequence[Question]) -> Choices:
    """The answers to what was left open: a series for each scan that has several, and one confirmation for all."""
    series_of = {
        question.scan: str(1 + st.selectbox(f"{question.scan}: which series?", range(len(question.series)),
                                            format_func=question.series.__getitem__))
        for question in questions if question.series
    }
    flagged = [question.scan for question in questions if question.burned_in]
    allowed = bool(flagged) and st.checkbox(f"I have looked at {', '.join(flagged)}: the writing in the images names "
                                            "nobody")
    return Choices(series_of=series_of, allow_burned_in=allowed)


@contextmanager
def _progress(n_files: int) -> Iterator[Tell]:
    """A progress bar that is removed afterwards, and the function that advances it."""
    bar = st.progress(0.0, text=f"Reading {n_files} files ..." if n_files else "Reading the table ...")

    def tell(done: int, of: int) -> None:
        bar.progress(done / of, text=f"{done} of {of} scans")

    yield tell
    bar.empty()
