"""Tests of `reader_study.commands`."""
