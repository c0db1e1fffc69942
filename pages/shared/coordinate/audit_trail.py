"""The audit trail: who did what when, filtered, and as a file."""

import json

import pandas as pd
import streamlit as st

from pages.shared import resources
from reader_study.report import study_archive
from reader_study.report.csv_export import to_csv
from reader_study.study.design import Person

NOTE = ("Each entry holds the hash of the one before. Note the last hash elsewhere: `python -m reader_study verify "
        "--head HASH` tells whether the trail still holds it.")


def show(person: Person) -> None:
    """The entries, newest first, of chosen people and acts."""
    store = resources.store()
    table = study_archive.audit_table(store, person.study_key)
    who, what = st.columns(2)
    actors = who.multiselect("By", sorted(table["actor"].unique()), placeholder="everyone")
    actions = what.multiselect("Act", sorted(table["action"].unique()), placeholder="all",
                               format_func=lambda action: action.replace("_", " "))
    shown = table[(table["actor"].isin(actors) | (not actors)) & (table["action"].isin(actions) | (not actions))]
    st.dataframe(_for_screen(shown), hide_index=True, height=430)
    st.caption(f"{len(shown)} of {len(table)} entries. Last hash: `{table['hash'].iloc[-1]}`. {NOTE}")
    with st.container(horizontal=True):
        st.download_button("Download these entries (CSV)", to_csv(shown), f"audit-{person.study_key}.csv", "text/csv")
        if st.button("Verify the whole trail"):
            broken = store.verify()
            if broken is None:
                st.success("Every entry and every locked read is as it was written.")
            else:
                st.error(f"{broken.name}: {broken.reason}.")


def _in_words(details: str) -> str:
    """The details of an entry on one line, without the digests that only `verify` needs."""
    told = {name: value for name, value in json.loads(details).items() if not name.endswith("_sha256")}
    return ", ".join(f"{name.replace('_', ' ')} {value if isinstance(value, str) else json.dumps(value)}"
                     for name, value in told.items())


def _for_screen(table: pd.DataFrame) -> pd.DataFrame:
    newest_first = table.iloc[::-1]
    return pd.DataFrame({
        "No.": newest_first["sequence"], "At (UTC)": newest_first["at"].str.slice(0, 19).str.replace("T", " "),
        "By": newest_first["actor"], "Act": newest_first["action"].str.replace("_", " "),
        "Details": newest_first["details"].map(_in_words), "Hash": newest_first["hash"].str.slice(0, 12),
    })
