"""Tests of `ich_model.dataset`."""
