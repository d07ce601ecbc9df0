"""Gaps under thermal noise."""

from functools import partial

from openkerr.figures import torus_robustness

PAPER = "torus"
TITLE = "Torus: gaps under thermal noise"
INPUTS = ("torus_gaps", "torus_gap_fit", "torus_gap_cases")
SETTINGS = {"model": "torus.model", "gaps": "torus.gaps"}

draw = partial(torus_robustness.draw, family="thermal")
