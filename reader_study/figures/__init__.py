"""Figures of a comparison: plotly for the screen, matplotlib for print.

The numbers come from `statistics`; no figure computes one.
"""
