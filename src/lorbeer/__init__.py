"""Lorbeer runs a public competition from the call to the printed book."""

__version__ = "0.1.0"
