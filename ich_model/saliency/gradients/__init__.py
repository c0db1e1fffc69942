"""Passes through a network that give a method its gradients: a plain one by autograd, a fast one in `onednn`.

What a method makes of gradients is one folder up, in `methods`.
"""
