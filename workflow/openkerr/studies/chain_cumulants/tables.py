"""Schemas of the tables of the chain by second-order cumulants."""

from __future__ import annotations

from openkerr.studies.chain_columns import DRIVE, LENGTH, SITE, SITE_IN_CHAIN, STATIONARITY
from openkerr.tables.columns import Column, Rule, TableSchema, estimate

__all__ = ["CHAIN_CUMULANTS", "CHAIN_CUMULANTS_DEVIATIONS"]

# States last long: a run averaged at other times is another observation.
_TIMES = (
    Column("burn_in", "number", "1/gamma", "Time before the window of the cumulants.", minimum=0.0),
    Column("window", "number", "1/gamma", "Time over which cumulants are averaged.", above=0.0),
)
_OUTCOME = Column(
    "outcome",
    "text",
    "",
    "stationary: the run came to rest; moving: it moves to the end; unphysical: no quantum state has its covariances; "
    "diverged. The last two have no averages.",
    # Those of the solver, which every figure would load with this schema.
    allowed=("stationary", "moving", "unphysical", "diverged"),
)

CHAIN_CUMULANTS = TableSchema(
    "chain_cumulants",
    "Second-order cumulants of the chain from the vacuum against length and drive, averaged in time.",
    (
        Column("geometry", "text", "", "Drive and loss at the ends.", allowed=("boundary",)),
        Column("method", "text", "", "Method of solution.", allowed=("cumulants",)),
        LENGTH,
        DRIVE,
        SITE,
        _OUTCOME,
        *estimate("photon_number", "1", "Photon number n of the site, averaged over the window.", nullable=True),
        *estimate(
            "number_fluctuation",
            "1",
            "<n^2> - <n>^2 - <n> = |<aa>|^2 + <a+ a>^2 - 2 |<a>|^4 at each time, averaged over the window.",
            nullable=True,
        ),
        *estimate("g2", "1", "1 + number_fluctuation/photon_number^2.", nullable=True),
        *estimate("mandel_q", "1", "Mandel parameter Q = number_fluctuation/photon_number.", nullable=True),
        *estimate(
            "total_fluctuation",
            "1",
            "<n^2> - <n>^2 - <n> of the state averaged over the window: number_fluctuation and the variance of n(t).",
            nullable=True,
        ),
        STATIONARITY,
        *_TIMES,
        Column("time_reached", "number", "1/gamma", "Time at which the run ended.", minimum=0.0),
        Column(
            "uncertainty",
            "number",
            "1",
            "Least eigenvalue of covariances with their commutators; negative beyond errors of the step: unphysical.",
            nullable=True,
        ),
    ),
    key=("geometry", "method", "length", "drive_amplitude", "site", "burn_in", "window"),
    rules=(
        SITE_IN_CHAIN,
        Rule(
            "rows have averages unless unphysical or diverged",
            lambda frame: frame["photon_number"].notna() == frame["outcome"].isin(["stationary", "moving"]),
        ),
    ),
    stationarity="stationarity",
)

CHAIN_CUMULANTS_DEVIATIONS = TableSchema(
    "chain_cumulants_deviations",
    "Second-order cumulants beside truncated Wigner at the last site, where both have a value.",
    (
        LENGTH,
        DRIVE,
        *_TIMES,
        Column(
            "regime",
            "text",
            "",
            "Regime by truncated Wigner: I, II, III, mixed; empty: not decided.",
            nullable=True,
            allowed=("I", "II", "III", "mixed"),
        ),
        *estimate("photon_number", "1", "Photon number by cumulants."),
        *estimate("photon_number_twa", "1", "Photon number by truncated Wigner."),
        *estimate("photon_number_deviation", "1", "Cumulants over truncated Wigner, minus 1.", nullable=True),
        *estimate("number_fluctuation", "1", "Number fluctuation by cumulants."),
        *estimate("number_fluctuation_twa", "1", "Number fluctuation by truncated Wigner."),
        Column(
            "stationarity_twa",
            "number",
            "1",
            "Photon number of truncated Wigner in the second half of its window minus the first, in standard errors.",
            nullable=True,
        ),
        *estimate("total_fluctuation", "1", "Number fluctuation of the state averaged over the window."),
        *estimate("number_fluctuation_deviation", "1", "Cumulants minus truncated Wigner."),
        *estimate("number_fluctuation_ratio", "1", "Cumulants over truncated Wigner.", nullable=True),
        *estimate(
            "total_fluctuation_ratio", "1", "That of the state averaged in time over truncated Wigner.", nullable=True
        ),
    ),
    key=("length", "drive_amplitude", "burn_in", "window"),
)
