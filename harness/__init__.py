"""How agent frameworks are measured: scripts, runtimes, drivers, counts and statistics."""

# Part of every benchmark's version. Raise it when a change in this package changes what
# a number means: asv then drops the older results instead of comparing unlike with unlike.
PROTOCOL = "1"
