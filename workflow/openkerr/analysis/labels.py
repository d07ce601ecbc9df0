"""Names that the analysis gives to what it finds, as they stand in tables; schemas take them without the analysis."""

from __future__ import annotations

DOUBTS = ("step", "interaction", "photon number", "moving")
"""What speaks against a row, from the gravest: the first that applies is told (`openkerr.analysis.chain_doubts`)."""

MODELS = ("gibbs", "two_photon", "scully_lamb")
"""Gibbs state, two-photon and generalised Scully-Lamb impurity (`openkerr.analysis.local_states`)."""

ESTIMATORS = ("maximum_likelihood", "least_squares")
"""How local states are fitted (`openkerr.analysis.thermometry`)."""

DOMAINS = ("nonsymmetric", "prethermal", "thermal")
"""Parts of a chain (`openkerr.analysis.local_equilibrium`)."""

RULES = ("chemical_potential", "temperature")
"""Where the prethermal domain ends: where mu/T of the Gibbs fit turns negative, or where its T is greatest."""
