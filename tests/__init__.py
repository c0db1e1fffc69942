"""The tests: one law each."""
