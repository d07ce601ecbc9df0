"""Jobs of the resonant nonlinear wave, which nothing is simulated for."""

from __future__ import annotations

from openkerr.studies.chain_wave.config import Wave
from openkerr.studies.planning import RuleEstimate, table

SECONDS_PER_STATE = 6e-6
"""A stationary state of a chain with its eigenvalues and fluctuations, over the square of the length."""

COMPILE_SECONDS = 2.0
"""Compilation of a chain's kernels where they are not on disk: most runs find them there."""


def estimates(wave: Wave) -> list[RuleEstimate]:
    """Cost of every rule of the study."""
    sizes = sum(length**2 for length in wave.lengths)
    states = SECONDS_PER_STATE * sizes * (70 + len(wave.drive_amplitudes))
    return [table("chain_rnw_branch", COMPILE_SECONDS + states), table("chain_parameters"), table("chain_circuit")]
