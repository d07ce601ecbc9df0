"""Jobs of the trapped ion."""

from __future__ import annotations

from openkerr.studies.planning import RuleEstimate, table


def estimates() -> list[RuleEstimate]:
    """Cost of every rule of the study."""
    return [table("torus_trapped_ion"), table("torus_circuit")]
