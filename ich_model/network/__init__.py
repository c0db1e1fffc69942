"""The network: preprocessing of its input, its layers, its weights, inference and uncertainty.

Training is in `training`, explanation of an output in `saliency`.
"""
