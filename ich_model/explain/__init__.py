"""What a network makes of a scan, as files: predictions, saliency maps with their manifests, checks of the maps.

How a map is computed is in `saliency`; here maps are asked for, judged, named and written.
"""
