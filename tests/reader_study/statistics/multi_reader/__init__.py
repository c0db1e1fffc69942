"""Tests of `reader_study.statistics.multi_reader`."""
