"""The viewer benchmark's app: the same scan in our viewer, in NiiVue and in Streamlit's own elements, one page each."""
