"""The screens of the reader study: each asks, calls one function of a package and shows the answer."""
