"""The peers of the benchmarks: other packages and published scripts, each run as its authors do."""
