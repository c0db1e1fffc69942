"""Tests of `reader_study`."""
