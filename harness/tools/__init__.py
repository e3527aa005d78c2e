"""Verbs for one agent, now, on the instruments that the benchmarks use."""
