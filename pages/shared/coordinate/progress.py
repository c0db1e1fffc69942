"""The Progress tab: how far each reader has come, what is missing, and a reminder to copy for each who is not done."""

import streamlit as st

from pages.shared import resources
from pages.shared.coordinate.actions import reminder
from reader_study.store.progress import Progress, missing_reads, of_study
from reader_study.study.design import Person

KINDS = {True: "simulated", False: "person"}


def show(person: Person) -> None:
    """The table of readers, reminders, and the reads that are missing."""
    store = resources.store()
    rows = of_study(store, person.study_key)
    if not rows:
        st.info("There are no readers yet. Invite them under Readers.")
        return
    st.dataframe([_row(row) for row in rows], hide_index=True, height="content", placeholder="", column_config={
        "Done": st.column_config.ProgressColumn(format="%d %%", min_value=0, max_value=100),
        "Last active": st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm"),
        "Median s a read": st.column_config.NumberColumn(format="%.0f"),
    })
    waiting = [row for row in rows if not row.complete and not row.reader.simulated and not row.reader.forgotten]
    if waiting:
        st.header("Reminders")
        chosen = st.selectbox("Reader", waiting, format_func=lambda row: row.reader.display_name)
        study = store.study(person.study_key)
        st.code(reminder(study.title, chosen, store.state(person.study_key).deadline), language=None, wrap_lines=True)
    missing = missing_reads(rows)
    st.header("Missing reads")
    if missing:
        st.dataframe(missing, hide_index=True, height=min(35 * (len(missing) + 1) + 3, 400))
    else:
        st.caption("None: every read of every reader is locked.")


def _row(row: Progress) -> dict[str, object]:
    return {
        "Reader": row.reader.display_name, "Kind": KINDS[row.reader.simulated],
        "Locked": f"{row.done} of {row.total}", "Done": 100 * row.done // max(row.total, 1), "Now": row.now,
        "Last active": row.last_active, "Median s a read": row.median_seconds,
    }
