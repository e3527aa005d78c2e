"""Whether an event loop turns: how late it is, what blocked it, and which calls would."""
