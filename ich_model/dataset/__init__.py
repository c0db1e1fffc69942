"""The cases that networks are trained and tested on: table of cases with folds, clinical table, the paper's folders.

Reading a scan is in `scans`, what training does with cases in `training`.
"""
