"""Schemas of the tables of chaos in the chain: rotations of a phase, moments of deviations, Lyapunov exponents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openkerr.studies.chain_columns import DRIVE, LENGTH
from openkerr.studies.columns import TRAJECTORIES, step_error
from openkerr.tables.columns import Column, Rule, TableSchema, estimate

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "CHAIN_BUTTERFLY_VELOCITY",
    "CHAIN_LYAPUNOV",
    "CHAIN_MOMENT_CLONES",
    "CHAIN_MOMENT_GROWTH",
    "CHAIN_OTOC_FRONTS",
    "CHAIN_OTOC_RATES",
    "CHAIN_VELOCITY_EXPONENTS",
]

_SOURCE = Column("source", "integer", "1", "Site whose phase is rotated, from 1.", minimum=1)
_ANGLE = Column("angle", "number", "rad", "Angle epsilon of the rotation.", above=0.0)
_SIDE = Column(
    "side", "text", "", "Side of the source: right is away from the first site, along the current.",
    allowed=("left", "right"),
)  # fmt: skip
_MOMENT = Column("moment", "number", "1", "Power q of the length of the deviation.")
_CLONES = Column("n_clones", "integer", "1", "Clones of a population.", minimum=2)
_POPULATIONS = Column("n_populations", "integer", "1", "Independent populations: the unit of errors.", minimum=16)


def _source_in_chain(frame: pd.DataFrame) -> pd.Series:
    return frame["source"] <= frame["length"]


CHAIN_OTOC_RATES = TableSchema(
    "chain_otoc_rates",
    "Growth, fronts and saturation of D = 1 - <cos of the phase difference> after a small rotation of one phase.",
    (
        LENGTH,
        DRIVE,
        _SOURCE,
        _ANGLE,
        *estimate(
            "growth_rate_annealed",
            "gamma",
            "L(2) of the same chain by population dynamics, from chain_moment_growth: the growth of <D> in the long "
            "run; too low by what its clones miss.",
            nullable=True,
        ),
        *estimate(
            "growth_rate_mean",
            "gamma",
            "Growth rate of <D> itself where it is largest, while the sample holds it; empty where it grows too little "
            "by then.",
            nullable=True,
        ),
        Column(
            "mean_held_until",
            "number",
            "1/gamma",
            "Time until which the effective number of samples of <D>, (<D>/stderr)**2, is large enough.",
            minimum=0.0,
        ),
        *estimate(
            "sampled_rate_early",
            "gamma",
            "Growth rate of <D> of this sample, held or not, in the first half of its rise to saturation.",
            nullable=True,
        ),
        *estimate("sampled_rate_late", "gamma", "The same in the second half of the rise.", nullable=True),
        *estimate(
            "early_fall",
            "1",
            "Greatest fall of ln <D> at the farther end of the chain on its rise to saturation.",
            nullable=True,
        ),
        *estimate("growth_rate_typical", "gamma", "Growth rate of <ln D> where it is largest.", nullable=True),
        Column(
            "growth_rate_typical_systematic",
            "number",
            "gamma",
            "Half the change of the typical one from the first to the second half of its window.",
            nullable=True,
            minimum=0.0,
        ),
        *estimate("growth_rate_early", "gamma", "The typical one in the first half of its window.", nullable=True),
        *estimate("growth_rate_late", "gamma", "The typical one in the second half of its window.", nullable=True),
        Column("growth_efolds", "number", "1", "Rise of <ln D> over the window of its fit.", nullable=True),
        *estimate(
            "lyapunov_rate",
            "gamma",
            "Largest Lyapunov exponent of the same chain with noise, a rate of distance: D grows at twice it.",
            nullable=True,
        ),
        step_error("lyapunov_rate", "gamma", nullable=True),
        *estimate(
            "butterfly_velocity",
            "sites gamma",
            "Velocity at which the exponent along a ray is zero, towards the farther end: chain_butterfly_velocity.",
            nullable=True,
        ),
        Column(
            "butterfly_velocity_systematic",
            "number",
            "sites gamma",
            "Its systematic error, from the same table.",
            nullable=True,
            minimum=0.0,
        ),
        *estimate(
            "light_cone_velocity",
            "sites gamma",
            "Velocity at which exp<ln D> passes a level far below the rotation: the edge of the linear light cone.",
            nullable=True,
        ),
        Column(
            "light_cone_velocity_systematic",
            "number",
            "sites gamma",
            "Half the spread of that velocity between three levels.",
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

CHAIN_OTOC_FRONTS = TableSchema(
    "chain_otoc_fronts",
    "Velocities of the fronts of exp<ln D> at levels of D, as shares of D at the source after the rotation.",
    (
        LENGTH,
        DRIVE,
        _SOURCE,
        _ANGLE,
        _SIDE,
        Column("level", "number", "1", "Level as a share of D at the source after the rotation.", above=0.0),
        *estimate(
            "velocity",
            "sites gamma",
            "Velocity over all sites that are reached; empty: too few, or arrivals are not later farther away.",
            nullable=True,
        ),
        *estimate("velocity_far", "sites gamma", "Velocity over the farther half of them.", nullable=True),
        Column(
            "deviation", "number", "1/gamma", "Rms deviation of arrivals from the line.", nullable=True, minimum=0.0
        ),
        Column("n_sites", "integer", "sites", "Sites that are reached.", minimum=0),
    ),
    key=("length", "drive_amplitude", "source", "angle", "side", "level"),
    rules=(Rule("source must not exceed length", _source_in_chain),),
)

CHAIN_VELOCITY_EXPONENTS = TableSchema(
    "chain_velocity_exponents",
    "Velocity-dependent Lyapunov exponent: half the growth rate of <ln D> along rays from the source.",
    (
        LENGTH,
        DRIVE,
        _SOURCE,
        _ANGLE,
        _SIDE,
        Column("velocity", "number", "sites gamma", "Velocity of the ray.", above=0.0),
        *estimate("exponent", "gamma", "Exponent, a rate of distance; empty where a ray is too short.", nullable=True),
        Column(
            "exponent_systematic",
            "number",
            "gamma",
            "Half its change from the first to the second half of the ray.",
            nullable=True,
            minimum=0.0,
        ),
        Column("efolds", "number", "1", "Change of <ln D> along the part of the ray that is fitted.", nullable=True),
    ),
    key=("length", "drive_amplitude", "source", "angle", "side", "velocity"),
    rules=(Rule("source must not exceed length", _source_in_chain),),
)

CHAIN_BUTTERFLY_VELOCITY = TableSchema(
    "chain_butterfly_velocity",
    "Butterfly velocities: where the velocity-dependent exponent is zero.",
    (
        LENGTH,
        DRIVE,
        _SOURCE,
        _ANGLE,
        _SIDE,
        *estimate(
            "butterfly_velocity",
            "sites gamma",
            "Zero of the exponent; empty where D does not grow enough along any ray.",
            nullable=True,
        ),
        Column(
            "systematic",
            "number",
            "sites gamma",
            "The larger of the next two.",
            nullable=True,
            minimum=0.0,
        ),
        Column(
            "window_systematic",
            "number",
            "sites gamma",
            "Half the difference between zeros in the two halves of the rays: other places in the chain, other times.",
            nullable=True,
            minimum=0.0,
        ),
        Column(
            "level_systematic",
            "number",
            "sites gamma",
            "Half the spread of the far velocities of the levels in chain_otoc_fronts that have a front.",
            nullable=True,
            minimum=0.0,
        ),
        Column("n_sites", "integer", "sites", "Sites on this side of the source.", minimum=0),
    ),
    key=("length", "drive_amplitude", "source", "angle", "side"),
    rules=(Rule("source must not exceed length", _source_in_chain),),
)

CHAIN_MOMENT_CLONES = TableSchema(
    "chain_moment_clones",
    "Growth of the moments <|delta|**q> of a small deviation by population dynamics, by the number of clones.",
    (
        LENGTH,
        DRIVE,
        _MOMENT,
        _CLONES,
        *estimate("growth_rate", "gamma", "L(q): growth of ln <|delta|**q> after the relaxation time."),
        *estimate("time_change", "gamma", "Its change from the first to the second half of the time."),
        *estimate("early_rate", "gamma", "Growth of <|delta|**q> over the first time, all populations pooled."),
        Column(
            "effective_share",
            "number",
            "1",
            "Least effective share of clones between two samples: small where few rule the next step.",
            above=0.0,
            maximum=1.0,
        ),
        Column(
            "coalescence_time",
            "number",
            "1/gamma",
            "Median time after which all clones descend from one; empty where it takes longer than the run.",
            nullable=True,
            minimum=0.0,
        ),
        _POPULATIONS,
        Column("relaxation_time", "number", "1/gamma", "Time that is left out of growth_rate.", minimum=0.0),
        Column("final_time", "number", "1/gamma", "Time at the end.", above=0.0),
    ),
    key=("length", "drive_amplitude", "moment", "n_clones"),
)

CHAIN_MOMENT_GROWTH = TableSchema(
    "chain_moment_growth",
    "Growth of the moments <|delta|**q> of a small deviation: largest populations, their bias, and the typical rate.",
    (
        LENGTH,
        DRIVE,
        _MOMENT,
        *estimate(
            "growth_rate",
            "gamma",
            "L(q) of the largest populations: a lower bound where clones_change or time_change is not small.",
        ),
        *estimate("clones_change", "gamma", "That rate less the one of the next smaller populations.", nullable=True),
        *estimate("time_change", "gamma", "Its change from the first to the second half of the time."),
        *estimate(
            "extrapolated_rate",
            "gamma",
            "L(q) of infinitely many clones by a straight line in 1/n_clones; empty where rates do not follow it.",
            nullable=True,
        ),
        Column(
            "extrapolation_chi2",
            "number",
            "1",
            "Chi-square of that line per degree of freedom.",
            nullable=True,
            minimum=0.0,
        ),
        *estimate("typical_rate", "gamma", "q L'(0) from a plain sample of as many trajectories."),
        *estimate("excess", "gamma", "growth_rate less typical_rate: not negative, by Jensen's inequality."),
        *estimate(
            "lyapunov_rate", "gamma", "q times the largest exponent of chain_lyapunov, with noise.", nullable=True
        ),
        step_error("lyapunov_rate", "gamma", nullable=True),
        *estimate("early_rate", "gamma", "Growth of <|delta|**q> over the first time, all populations pooled."),
        Column(
            "early_change", "number", "gamma", "early_rate less that of the next smaller populations.", nullable=True
        ),
        Column("early_time", "number", "1/gamma", "That first time.", above=0.0),
        Column("held_until", "number", "1/gamma", "Time until which the plain sample holds <|delta|**q>.", minimum=0.0),
        *estimate(
            "held_rate",
            "gamma",
            "Growth of <|delta|**q> of the plain sample up to then; empty if too short.",
            nullable=True,
        ),
        *estimate("held_cloned_rate", "gamma", "The same by population dynamics.", nullable=True),
        _CLONES,
        _POPULATIONS,
        Column("final_time", "number", "1/gamma", "Time at the end.", above=0.0),
    ),
    key=("length", "drive_amplitude", "moment"),
)

CHAIN_LYAPUNOV = TableSchema(
    "chain_lyapunov",
    "Lyapunov exponents and Kaplan-Yorke dimension of the chain.",
    (
        LENGTH,
        DRIVE,
        Column("method", "text", "", "With noise (twa) or without (gpe).", allowed=("gpe", "twa")),
        *estimate("lyapunov_max", "gamma", "Largest exponent, a rate of distance."),
        step_error("lyapunov_max", "gamma"),
        *estimate("sum", "gamma", "Sum of all exponents; empty where not all were computed.", nullable=True),
        step_error("sum", "gamma", nullable=True),
        *estimate(
            "kaplan_yorke",
            "1",
            "Kaplan-Yorke dimension of the mean spectrum; empty where too few exponents were computed to tell. Its "
            "error is the farther end of the central 68.27 % of the bootstrap.",
            nullable=True,
            minimum=0.0,
        ),
        step_error("kaplan_yorke", "1", nullable=True),
        Column("n_positive", "integer", "1", "Exponents above zero by more than three errors.", minimum=0),
        Column(
            "aligned", "integer", "1", "0 where rates still drift from the first quarter to the rest.", allowed=(0, 1)
        ),
        Column("n_exponents", "integer", "1", "Exponents that were computed.", minimum=1),
        TRAJECTORIES,
        Column("averaging_time", "number", "1/gamma", "Time over which each is averaged.", above=0.0),
    ),
    key=("length", "drive_amplitude", "method"),
    averaging_time="averaging_time",
)
