"""Tests of `reader_study.statistics`."""
