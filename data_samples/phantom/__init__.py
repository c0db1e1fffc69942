"""Synthetic head CTs: anatomy, haematoma, deformation, acquisition, and the patient's simulated outcome.

Cohorts and demo cases of phantoms are made in the folder above.
"""
