"""Weak error of the steps."""
