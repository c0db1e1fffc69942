"""Tests of `ich_model.commands`."""
