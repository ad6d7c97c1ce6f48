"""Measurements, one command each. The tests try on next to nothing that some of them run."""
