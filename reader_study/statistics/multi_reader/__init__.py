"""Statistics that generalise to readers and cases: Obuchowski-Rockette, figures of merit, consensus, curves, power.

One rater against the reference standard is `performance`.
"""
