"""Tests of `pages.shared.reading`."""
