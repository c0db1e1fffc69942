"""What tests make: studies, scans, networks, databases, published numbers."""
