"""Tests of `reader_study.access`."""
