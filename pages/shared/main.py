"""The main script given to `st.App`: the page's frame, who is signed in, and which pages there are.

It lies here so that no folder `pages/` lies beside it: Streamlit would serve every file in it past the list below.
Pages that a person does not use are hidden, not missing: each page guards itself and says why.
"""

from pathlib import Path

import streamlit as st

from pages.shared import account_forms, resources
from reader_study.design import Role

PAGES = Path(__file__).resolve().parents[1]
NO_HEADER = "<style>[data-testid=stHeader] { display: none; }</style>"  # nothing in it for who is not signed in
LISTED = (  # file, title, address, who finds it in the menu
    ("read.py", "Read", "read", {Role.READER}),
    ("review.py", "Review", "review", set(Role)),
    ("compare.py", "Compare", "compare", set(Role)),
    ("study.py", "Coordinate", "coordinate", {Role.COORDINATOR}),
    ("models.py", "Models", "models", {Role.COORDINATOR}),
)

st.set_page_config(page_title="ICH Reader", layout="wide")
st.html(Path(__file__).with_name("theme.css"))
person = resources.person()
pages = [st.Page(PAGES / "welcome.py", title="Study", default=True)]
for file, title, address, roles in LISTED:
    listed = person is not None and person.role in roles
    pages.append(st.Page(PAGES / file, title=title, url_path=address, visibility="visible" if listed else "hidden"))
if person:
    st.html(account_forms.signed_in_as(person.display_name, person.role))
else:
    st.html(NO_HEADER)
st.navigation(pages, position="top" if person else "hidden").run()
