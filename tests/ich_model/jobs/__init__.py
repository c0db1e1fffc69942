"""Tests of `ich_model.jobs`."""
