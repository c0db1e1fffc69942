"""A viewer with a phantom of its own: as a plain page, and as a small Streamlit app."""
