"""What a page shows of models: their cards, the files there are, and a run on a case.

Networks and maps come from `ich_model`.
"""
