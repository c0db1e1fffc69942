"""The app's pages, one file a screen: each asks for objects, calls one function and shows what it gives.

What several pages share, or a page's larger parts, is in `shared`.
"""
