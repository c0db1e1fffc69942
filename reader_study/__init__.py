"""The reader study: its rules, store and people, the comparison of readers and models, and what is published of it.

It loads without torch and knows nothing of a screen: pages and commands ask it.
"""
