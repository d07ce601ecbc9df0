"""Polynomials in the ladder operators of bosonic modes."""
