"""Arrivals that do not wait for replies, or users who do; each request recorded."""
