"""Schemas of the tables of chaos in the chain: growth of small rotations of a phase, Lyapunov exponents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openkerr.studies.columns import TRAJECTORIES
from openkerr.tables.columns import Column, Rule, TableSchema, estimate

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CHAIN_LYAPUNOV", "CHAIN_OTOC_RATES"]

_LENGTH = Column("length", "integer", "sites", "Number of sites of the chain.", minimum=2)
_DRIVE = Column("drive_amplitude", "number", "gamma", "Coherent drive amplitude F.", minimum=0.0)


def _source_in_chain(frame: pd.DataFrame) -> pd.Series:
    return frame["source"] <= frame["length"]


CHAIN_OTOC_RATES = TableSchema(
    "chain_otoc_rates",
    "Growth, fronts and saturation of D = 1 - <cos of the phase difference> after a small rotation of one phase.",
    (
        _LENGTH,
        _DRIVE,
        Column("source", "integer", "1", "Site whose phase is rotated, from 1.", minimum=1),
        Column("angle", "number", "rad", "Angle epsilon of the rotation.", above=0.0),
        *estimate("growth_rate_annealed", "gamma", "Growth rate of <D> where it is largest.", nullable=True),
        *estimate("growth_rate_typical", "gamma", "Growth rate of <ln D> where it is largest.", nullable=True),
        *estimate("growth_rate_early", "gamma", "The typical one in the first half of its window.", nullable=True),
        *estimate("growth_rate_late", "gamma", "The typical one in the second half of its window.", nullable=True),
        Column("growth_efolds", "number", "1", "Rise of <ln D> over the window of its fit.", nullable=True),
        *estimate(
            "lyapunov_rate",
            "gamma",
            "Largest Lyapunov exponent of the same chain with noise, a rate of distance: D grows at twice it.",
            nullable=True,
        ),
        *estimate("butterfly_velocity", "sites gamma", "Velocity of the front of exp<ln D>.", nullable=True),
        Column(
            "butterfly_velocity_systematic",
            "number",
            "sites gamma",
            "Half the spread of the velocity between three levels of the front.",
            nullable=True,
            minimum=0.0,
        ),
        Column("front_start", "number", "1/gamma", "Time at which its straight line starts.", nullable=True),
        Column(
            "front_deviation",
            "number",
            "1/gamma",
            "Root mean square deviation of arrival times from the straight light cone.",
            nullable=True,
            minimum=0.0,
        ),
        *estimate("saturation", "1", "D at the last site, mean over the last part of the run.", minimum=0.0),
        Column(
            "saturation_drift",
            "number",
            "1",
            "Change of that D from the equal part before, in standard errors of the change.",
            nullable=True,
        ),
        *estimate(
            "saturation_independent",
            "1",
            "1 - |<exp(i theta)>|**2 at the last site: D of two trajectories that share nothing.",
        ),
        *estimate("saturation_source", "1", "As saturation, at the source.", minimum=0.0),
        Column("final_time", "number", "1/gamma", "Time after the rotation.", above=0.0),
        TRAJECTORIES,
    ),
    key=("length", "drive_amplitude", "source", "angle"),
    rules=(Rule("source must not exceed length", _source_in_chain),),
)

CHAIN_LYAPUNOV = TableSchema(
    "chain_lyapunov",
    "Lyapunov exponents and Kaplan-Yorke dimension of the chain.",
    (
        _LENGTH,
        _DRIVE,
        Column("method", "text", "", "With noise (twa) or without (gpe).", allowed=("gpe", "twa")),
        *estimate("lyapunov_max", "gamma", "Largest exponent, a rate of distance."),
        *estimate("sum", "gamma", "Sum of all exponents; empty where not all were computed.", nullable=True),
        *estimate(
            "kaplan_yorke",
            "1",
            "Kaplan-Yorke dimension of the mean spectrum; empty where too few exponents were computed to tell.",
            nullable=True,
        ),
        Column("n_positive", "integer", "1", "Exponents above zero by more than three errors.", minimum=0),
        Column("n_exponents", "integer", "1", "Exponents that were computed.", minimum=1),
        TRAJECTORIES,
        Column("averaging_time", "number", "1/gamma", "Time over which each is averaged.", above=0.0),
    ),
    key=("length", "drive_amplitude", "method"),
    averaging_time="averaging_time",
)
