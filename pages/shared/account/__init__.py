"""Signing in and out, invitations, other sites' sign-in: forms, their routes, and what a page says of them.

Who may do what is decided in `reader_study.access`.
"""
