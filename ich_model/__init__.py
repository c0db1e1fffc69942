"""The image model: from files of head CT to predictions and saliency maps.

Directly here lie the tables that all packages share (tasks, variants, metrics). Nothing here knows of studies or
screens.
"""
