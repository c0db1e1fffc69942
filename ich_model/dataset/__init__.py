"""The cases for training and testing: table of cases with folds, clinical table, the paper's folders.

Reading a scan is in `scans`, the use of cases in training in `training`.
"""
