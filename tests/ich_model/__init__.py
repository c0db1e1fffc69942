"""Tests of `ich_model`."""
