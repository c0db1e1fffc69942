"""Tests of `reader_study.study`."""
