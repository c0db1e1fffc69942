"""Benchmarks of speed and accuracy: against named peers, as ratios measured in one run, or against a fixed goal."""
