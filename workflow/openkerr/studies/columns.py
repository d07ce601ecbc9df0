"""Columns that tables of several studies share."""

from __future__ import annotations

from openkerr.tables.columns import Column

__all__ = ["ALEPH", "CAVITY", "TIME", "TRAJECTORIES", "step_effect", "step_error"]

ALEPH = Column("aleph", "number", "1", "Rescaling parameter: photon numbers grow in proportion to it.", above=0.0)
CAVITY = Column("mode", "integer", "1", "Cavity, 1 or 2.", allowed=(1, 2))
TIME = Column("time", "number", "1/eta", "Time since the start.", minimum=0.0)
TRAJECTORIES = Column("n_trajectories", "integer", "1", "Number of trajectories behind the estimate.", minimum=1)


def step_error(name: str, unit: str, *, nullable: bool = False) -> Column:
    """Return the column of what the time step may have added to an estimate from tangent vectors."""
    text = f"Systematic error of {name}: that of the time step, and of vectors that had not aligned."
    return Column(f"{name}_systematic", "number", unit, text, nullable, minimum=0.0)


def step_effect(name: str, unit: str) -> Column:
    """Return the column of what the time step does to an average, from the fixed point of one step."""
    text = f"What the time step does to {name}, in linear theory; empty where nothing was stepped."
    return Column(f"{name}_systematic", "number", unit, text, True, minimum=0.0)
