"""The highest rate that meets service levels: steps of load, a search over them, a report.

search -> find (steps, judged by step) -> gave_out -> report. Everything up to `find` is standard
library and psutil, because it also runs inside measured environments.
"""
