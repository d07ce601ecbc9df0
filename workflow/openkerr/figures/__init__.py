"""Figures: a file a figure, from tables to a Matplotlib figure."""
