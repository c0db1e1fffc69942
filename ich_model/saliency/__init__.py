"""Saliency maps: one table of methods, the map with all that it came from, and the gradients they are made of.

Maps as files, and how good they are, is in `explain`.
"""
