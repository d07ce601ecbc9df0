"""Onset and metastability of the resonant nonlinear wave: passages from vacuum to wave and back, and their rates."""
