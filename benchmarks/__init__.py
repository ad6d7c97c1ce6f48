"""Measurements, one command each. None of them runs in the tests."""
