"""The app: `streamlit run app.py` serves the pages and, beside them, sign-in and the guarded data routes."""

import streamlit as st
from starlette.middleware import Middleware

from pages.shared import no_delay, resources
from pages.shared import routes as data_routes
from pages.shared.account import routes as sign_in_routes
from pages.shared.security import SecurityHeaders

SORRY = "Something went wrong here, and it was noted in the server's log. Nothing you locked is lost: reload the page."


def on_script_error(_error: Exception) -> bool:
    """Tells the person one sentence; Streamlit has written the error into its log."""
    st.error(SORRY)
    return True


app = st.App(
    "pages/shared/main.py",
    routes=[*sign_in_routes.ROUTES, *data_routes.ROUTES],
    middleware=[Middleware(SecurityHeaders)],
    on_script_error=on_script_error,
    lifespan=no_delay.for_new_connections,
)
resources.keep_what_is_loaded()
