"""Scheduling of work: a first in, first out queue within one process, Dask over several machines.

The work itself is defined by the callers.
"""
