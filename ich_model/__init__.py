"""The image model: from head CT files to predictions and saliency maps.

This folder itself holds the tables that all packages share (tasks, variants, metrics). It imports neither
`reader_study` nor `pages`.
"""
