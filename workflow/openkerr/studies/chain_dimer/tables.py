"""Schemas of the tables of the dimer."""

from __future__ import annotations

from openkerr.studies.chain_columns import DRIVE, STATIONARITY
from openkerr.tables.columns import Column, TableSchema, estimate

__all__ = ["CHAIN_DIMER", "CHAIN_DIMER_ERRORS", "CHAIN_DIMER_SCALING", "CHAIN_DIMER_SPACES"]

_KERR = Column("kerr", "number", "gamma", "Kerr nonlinearity U.", minimum=0.0)
_START = Column(
    "initial_state",
    "text",
    "",
    "Start: vacuum, or coherent states at the mean fields of truncated Wigner. The exact steady state knows none: its "
    "rows are equal.",
    allowed=("vacuum", "coherent"),
)


def _outcome(nullable: bool) -> Column:
    return Column(
        "outcome",
        "text",
        "",
        "Exact solution: converged, or limited: the next space would exceed the memory limit, and the error is larger "
        "than the tolerance.",
        nullable=nullable,
        allowed=("converged", "limited"),
    )


_SITE = Column("site", "integer", "1", "Site, from 1 at the drive.", minimum=1, maximum=2)

_ERRORS = (
    *estimate("number_error", "1", "Photon number of truncated Wigner over the exact one, less one."),
    *estimate("fluctuation_ratio", "1", "Number fluctuation of truncated Wigner over the exact one."),
    *estimate("fluctuation_difference", "1", "Number fluctuation of truncated Wigner less the exact one."),
    *estimate("fluctuation_error", "1", "That difference over the exact photon number: the error of Q = delta n/n."),
)

CHAIN_DIMER = TableSchema(
    "chain_dimer",
    "Photon statistics of two sites in their steady state, exact and by truncated Wigner.",
    (
        DRIVE,
        _KERR,
        _START,
        Column("method", "text", "", "Method of solution.", allowed=("twa", "exact")),
        _SITE,
        *estimate("photon_number", "1", "Photon number; error if exact: of the Fock states left out."),
        *estimate("number_fluctuation", "1", "<n^2> - <n>^2 - <n>; error if exact: of the Fock states left out."),
        Column("n_trajectories", "integer", "1", "Trajectories of an ensemble.", nullable=True, minimum=1),
        Column("burn_in", "number", "1/gamma", "Time before the window of an ensemble.", nullable=True, minimum=0.0),
        Column("window", "number", "1/gamma", "Time that is averaged.", nullable=True, minimum=0.0),
        STATIONARITY,
        _outcome(nullable=True),
    ),
    key=("drive_amplitude", "kerr", "initial_state", "method", "site"),
    stationarity="stationarity",
)

CHAIN_DIMER_ERRORS = TableSchema(
    "chain_dimer_errors",
    "Truncated Wigner against the exact steady state of two sites.",
    (
        DRIVE,
        _KERR,
        _START,
        _SITE,
        *_ERRORS,
    ),
    key=("drive_amplitude", "kerr", "initial_state", "site"),
)

CHAIN_DIMER_SCALING = TableSchema(
    "chain_dimer_scaling",
    "Truncated Wigner against the exact steady state of two sites, over U at fixed F sqrt(U).",
    (
        Column("scaled_drive", "number", "gamma^(3/2)", "F sqrt(U).", minimum=0.0),
        _KERR,
        DRIVE,
        _SITE,
        *estimate("photon_number", "1", "Exact photon number; error: of the Fock states left out."),
        *estimate("number_fluctuation", "1", "Exact <n^2> - <n>^2 - <n>; error: of the Fock states left out."),
        *_ERRORS,
        _outcome(nullable=False),
    ),
    key=("scaled_drive", "kerr", "site"),
)

CHAIN_DIMER_SPACES = TableSchema(
    "chain_dimer_spaces",
    "Exact steady state of two sites in ever larger spaces.",
    (
        DRIVE,
        _KERR,
        Column("space", "integer", "1", "Number of the space, from 1.", minimum=1),
        _SITE,
        Column("n_states", "integer", "1", "Fock states of the frame; coherences are their square.", minimum=1),
        Column("photon_number", "number", "1", "Photon number in this space."),
        Column("number_fluctuation", "number", "1", "<n^2> - <n>^2 - <n> in this space."),
        Column("edge_population", "number", "1", "Population of the states at the edge."),
        Column("residual", "number", "gamma", "|L rho| over |rho|.", minimum=0.0),
        Column("least_population", "number", "1", "Least eigenvalue of rho."),
        _outcome(nullable=False),
        Column("n_products", "integer", "1", "Products with the Liouvillian; 1: eliminated.", minimum=1),
    ),
    key=("drive_amplitude", "kerr", "space", "site"),
)
