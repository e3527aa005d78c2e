"""What every room may use; the standard library alone."""

# Part of every benchmark's version. Raise it when a change in this package changes what
# a number means: asv then drops the older results instead of comparing unlike with unlike.
PROTOCOL = "1"
