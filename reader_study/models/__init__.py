"""Models of a study: running a network on its cases, with outputs and maps in the workspace.

Networks and maps are made by `ich_model`, which is imported only when a network runs; what is stored is in `store`.
"""
