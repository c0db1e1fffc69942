"""Training and testing networks: settings, the loop, runs that can be resumed, folds, and the tables made of them.

The network itself is in `network`, the cases in `dataset`.
"""
