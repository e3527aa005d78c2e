"""What adapters share; it names no framework."""
