"""Synthetic data: phantom heads, cohorts of phantoms, the demo cases and the demo study with simulated readers.

All of it is labelled as synthetic; no scan or read of a real person belongs here.
"""
