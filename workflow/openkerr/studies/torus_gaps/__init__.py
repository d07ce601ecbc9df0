"""Gaps of the torus' lines."""
