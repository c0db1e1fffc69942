"""The fast pass, written out layer by layer for DenseNet-121 on a processor: the README here says what each part buys.

It gives what `autograd` gives; nothing here knows of methods or maps.
"""
