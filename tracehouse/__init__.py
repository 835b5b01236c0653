"""Turns agent traces into a tested SQL warehouse, static reports and training data."""

__version__ = "0.1.0"
