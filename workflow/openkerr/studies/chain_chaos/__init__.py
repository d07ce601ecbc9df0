"""Chaos in the chain."""
