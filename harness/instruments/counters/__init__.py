"""Counts that repeat exactly: calls, lines, allocations, by function."""
