"""About the instrument itself, not for users of it, and not installed."""
