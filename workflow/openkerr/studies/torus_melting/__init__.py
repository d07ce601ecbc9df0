"""Melting of the torus in phase space, and switching."""
