"""Tests of `ich_model.scans`."""
