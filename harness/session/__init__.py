"""Worker processes: one sample a process, one report line a cell."""
