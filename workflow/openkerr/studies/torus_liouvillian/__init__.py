"""Exact solution of the two cavities at small aleph."""
