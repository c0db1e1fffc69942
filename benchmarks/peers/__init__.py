"""What the benchmarks measure ours against: named peers and published scripts, each run as its authors do."""
