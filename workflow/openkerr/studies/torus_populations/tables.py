"""Schemas of the tables of photon numbers against time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openkerr.studies.columns import ALEPH, CAVITY, TIME, TRAJECTORIES
from openkerr.tables.columns import Column, Rule, TableSchema, estimate

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TORUS_POPULATIONS", "TORUS_TRAJECTORIES"]


def _mean_in_envelope(frame: pd.DataFrame) -> pd.Series:
    # The mean is rounded: where all trajectories agree it may miss the envelope by a rounding error.
    slack = 1e-9 * (1.0 + frame["n_over_aleph_max"].abs())
    mean = frame["n_over_aleph"]
    return (frame["n_over_aleph_min"] - slack <= mean) & (mean <= frame["n_over_aleph_max"] + slack)


TORUS_POPULATIONS = TableSchema(
    "torus_populations",
    "Photon numbers of the two cavities against time: mean and envelope of Wigner trajectories.",
    (
        ALEPH,
        CAVITY,
        TIME,
        *estimate("n_over_aleph", "1", "Mean photon number over aleph: <|alpha|^2> - 1/(2 aleph)."),
        Column("n_over_aleph_min", "number", "1", "Least |alpha|^2 - 1/(2 aleph) of any trajectory."),
        Column("n_over_aleph_max", "number", "1", "Greatest |alpha|^2 - 1/(2 aleph) of any trajectory."),
        TRAJECTORIES,
    ),
    key=("aleph", "mode", "time"),
    rules=(Rule("n_over_aleph must lie between n_over_aleph_min and n_over_aleph_max", _mean_in_envelope),),
)

TORUS_TRAJECTORIES = TableSchema(
    "torus_trajectories",
    "Single truncated-Wigner trajectories of the two cavities.",
    (
        ALEPH,
        Column("trajectory", "integer", "1", "Number of the trajectory in its ensemble.", minimum=0),
        CAVITY,
        TIME,
        Column("n_over_aleph", "number", "1", "|alpha|^2 - 1/(2 aleph) of this trajectory."),
    ),
    key=("aleph", "trajectory", "mode", "time"),
)
