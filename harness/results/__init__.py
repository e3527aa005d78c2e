"""asv's results and what lies beside them, read in one place."""
