"""The same scan in the viewer and in what Streamlit offers for it, one page each."""
