"""Who people are and what they may see: accounts, passwords, sign-in, permissions, profiles, erasure.

The rules of blinding are in `study.design`; here they are asked about a person.
"""
