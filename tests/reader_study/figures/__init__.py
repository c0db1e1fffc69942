"""Tests of `reader_study.figures`."""
