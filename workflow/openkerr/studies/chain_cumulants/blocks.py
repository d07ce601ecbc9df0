"""How a run by cumulants is cut."""

N_BLOCKS = 16
"""Equal parts of the window, whose averages give errors."""
