"""Tests of `ich_model.saliency.gradients.onednn`."""
