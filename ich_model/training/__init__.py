"""Training and testing of networks: settings, the training loop, resumable runs, folds and result tables.

The network itself is in `network`, the cases are in `dataset`.
"""
