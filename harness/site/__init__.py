"""The published dashboard: asv's site made to open offline, and a page about the releases."""
