"""The main script given to `st.App`: the page's frame, who is signed in, and which pages there are.

It lies here so that no folder `pages/` lies beside it: Streamlit would serve every file in it past the list below.
Pages that a person does not use are hidden, not missing: each page guards itself and says why.
"""

from pathlib import Path

import streamlit as st

from pages.shared import resources
from pages.shared.account import forms
from reader_study.study.design import Role

APP = "ICH Reader"
PAGES = Path(__file__).resolve().parents[1]
LISTED = (  # file, title, address, who finds it in the menu
    ("read.py", "Read", "read", {Role.READER}),
    ("review.py", "Review", "review", set(Role)),
    ("compare.py", "Compare", "compare", set(Role)),
    ("coordinate.py", "Coordinate", "coordinate", {Role.COORDINATOR}),
    ("models.py", "Models", "models", {Role.COORDINATOR}),
)


def style() -> str:
    """The app's style sheet beside an element that nobody sees.

    Streamlit puts mere style where it puts toasts and dialogs, and one of these that a fragment shows takes its place.
    """
    css = Path(__file__).with_name("theme.css").read_text(encoding="utf-8")
    return f'<i class="ich-style" hidden></i><style>{css}</style>'


st.set_page_config(page_title=APP, layout="wide")
st.empty()  # what a fragment's callback says, or its error, takes the first place of the page
st.html(style())
person = resources.person()
pages = [st.Page(PAGES / "welcome.py", title="Study", default=True)]
for file, title, address, roles in LISTED:
    listed = person is not None and person.role in roles
    pages.append(st.Page(PAGES / file, title=title, url_path=address, visibility="visible" if listed else "hidden"))
if person:
    st.html(forms.signed_in_as(person.display_name, person.role))
page = st.navigation(pages, position="top" if person else "hidden")
if person:
    st.set_page_config(page_title=f"{page.title} · {APP}")
page.run()
