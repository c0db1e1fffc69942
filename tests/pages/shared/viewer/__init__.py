"""Tests of `pages.shared.viewer`."""
