"""Synthetic samples: head CT phantoms with an intracranial hemorrhage, a demo study and its simulated readers."""
