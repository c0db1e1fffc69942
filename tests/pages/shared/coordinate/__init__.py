"""Tests of `pages.shared.coordinate`."""
