"""That benchmarks measure what they say."""
