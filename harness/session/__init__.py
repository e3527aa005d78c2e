"""Worker processes: one sample per process, one report line per cell."""
