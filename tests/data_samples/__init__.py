"""Tests of `data_samples`."""
