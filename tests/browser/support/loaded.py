"""The modules that the fork server preloads for every server of the app; see `serving`."""

# ruff: noqa: F401
import matplotlib.figure
import streamlit.elements.plotly_chart
import streamlit.web.bootstrap
import streamlit.web.cli

import pages.shared.account.routes
import pages.shared.compare.sections
import pages.shared.review.case_view
import pages.shared.routes
