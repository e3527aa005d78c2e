"""A cell in, named figures out: what worker processes do for the benchmarks."""
