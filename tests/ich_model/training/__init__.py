"""Tests of `ich_model.training`."""
