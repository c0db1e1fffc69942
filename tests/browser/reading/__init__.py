"""Reading, driven in a real browser."""
