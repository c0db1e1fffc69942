"""The viewer, driven in a real browser."""
