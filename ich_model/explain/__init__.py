"""Outputs for a scan as files: predictions, saliency maps with their manifests, faithfulness checks of the maps.

The computation of maps is in `saliency`; this package requests, checks, names and writes them.
"""
