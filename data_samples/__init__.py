"""Synthetic data: phantom heads, cohorts made of them, the demo cases and the demo study with simulated readers.

All of it says that it is synthetic; no scan or read of a real person lies here.
"""
