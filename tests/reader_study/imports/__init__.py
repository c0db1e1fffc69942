"""Tests of `reader_study.imports`."""
