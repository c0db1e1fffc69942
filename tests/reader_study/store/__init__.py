"""Tests of `reader_study.store`."""
