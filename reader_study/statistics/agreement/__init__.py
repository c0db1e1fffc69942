"""Agreement between raters: kappa of pairs and of many, Krippendorff's alpha, Gwet's AC.

Against a reference standard it is `performance`.
"""
