"""Profiles of runtimes (`python -m harness profile`), and decorators for your own functions."""
