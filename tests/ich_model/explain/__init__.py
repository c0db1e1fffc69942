"""Tests of `ich_model.explain`."""
