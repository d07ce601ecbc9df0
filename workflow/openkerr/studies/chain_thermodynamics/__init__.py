"""Temperatures, chemical potentials and entropies along the chaotic chain."""
