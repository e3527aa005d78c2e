"""What goes wrong with profiles."""

from __future__ import annotations


class ProfileError(ValueError):
    """Bad input, or a run that failed: one line for the user."""
