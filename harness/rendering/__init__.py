"""Figures, tables and pages for people; never imported in a measured process."""
