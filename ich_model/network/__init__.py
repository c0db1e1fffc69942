"""The network: what goes into it, the network itself, its weights, what comes out, and how sure it is of that.

Making weights is in `training`, explaining an output in `saliency`.
"""
