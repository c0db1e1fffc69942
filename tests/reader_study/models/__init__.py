"""Tests of `reader_study.models`."""
