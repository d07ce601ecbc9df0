"""Trails of results, and the record of finished runs."""
