"""What every server of the app loads before it runs anything; see `serving`."""

# ruff: noqa: F401
import matplotlib.figure
import streamlit.elements.plotly_chart
import streamlit.web.bootstrap
import streamlit.web.cli

import pages.shared.comparing_sections
import pages.shared.data_routes
import pages.shared.reviewing
import pages.shared.sign_in_routes
