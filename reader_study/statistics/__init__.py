"""The comparison of readers and models: `input` checks ratings, each other package holds one kind of statistic.

The modules here put them together. Nothing here knows of a store, a page or a file but a table of ratings.
"""
