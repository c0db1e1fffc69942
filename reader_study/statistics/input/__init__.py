"""What a comparison starts from: ratings as a checked table, their scale, the panel of cases by raters, settings.

No statistic is computed here.
"""
