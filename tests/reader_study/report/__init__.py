"""Tests of `reader_study.report`."""
