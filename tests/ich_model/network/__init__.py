"""Tests of `ich_model.network`."""
