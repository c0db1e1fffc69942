"""Test data and helpers: studies, scans, networks, databases, published numbers."""
