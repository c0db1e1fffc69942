"""Synthetic heads: anatomy, haematoma, deformation, acquisition, and the outcome that goes with them.

Cohorts and demo cases made of them lie one folder up.
"""
