"""Measures, printed by `make bench`."""
