"""What can be read off a running agent; the standard library and psutil alone."""
