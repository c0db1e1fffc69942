"""The reader study: design, people, reads, statistics and exports. Loads without torch."""
