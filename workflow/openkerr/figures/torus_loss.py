"""Gaps under single-photon loss."""

from functools import partial

from openkerr.figures import torus_robustness

PAPER = "torus"
TITLE = "Torus: gaps under single-photon loss"
INPUTS = ("torus_gaps", "torus_gap_fit", "torus_gap_cases")
SETTINGS = {"model": "torus.model", "gaps": "torus.gaps"}

draw = partial(torus_robustness.draw, family="loss")
