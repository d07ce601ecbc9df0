"""Schemas of the tables of paths of least action."""

from __future__ import annotations

from openkerr.tables.columns import Column, TableSchema, estimate

__all__ = ["TORUS_ACTIONS", "TORUS_ACTION_PATHS", "TORUS_ACTION_RATES"]

_OMEGA = Column("omega", "number", "eta", "Frequency of cavity 1; that of cavity 2 differs as in torus.model.")
_DIRECTION = Column("direction", "text", "", "Direction.", allowed=("cycle_to_torus", "torus_to_cycle"))
_ACTION = Column(
    "action", "number", "1", "Least action c, rate ~ exp(-c aleph), of a path to the saddle cycle.", above=0.0
)
_ACTION_ERROR = Column(
    "action_error",
    "number",
    "1",
    "What extrapolation adds, and what another winding would save.",
    minimum=0.0,
)

TORUS_ACTIONS = TableSchema(
    "torus_actions",
    "Exponents of switching between limit cycle and limit torus by paths of least action; no row without a saddle.",
    (
        _OMEGA,
        _DIRECTION,
        _ACTION,
        _ACTION_ERROR,
        Column(
            "prefactor",
            "number",
            "eta",
            "Limit of rate exp(c aleph) for large aleph; empty for a path from the torus, where it is not known.",
            nullable=True,
            above=0.0,
        ),
        Column(
            "prefactor_error", "number", "eta", "By points left out, and extrapolation.", nullable=True, minimum=0.0
        ),
        Column("length", "number", "1", "Length of the path in the space of the rescaled fields.", above=0.0),
    ),
    key=("omega", "direction"),
)

TORUS_ACTION_PATHS = TableSchema(
    "torus_action_paths",
    "Paths of least action, and the torus: rescaled populations and relative phase 2 theta_1 - theta_2.",
    (
        _OMEGA,
        Column(
            "path",
            "text",
            "",
            "Direction; torus: one period.",
            allowed=("cycle_to_torus", "torus_to_cycle", "torus"),
        ),
        Column("point", "integer", "1", "Number of the point, from the attractor to the saddle.", minimum=0),
        Column("n1_over_aleph", "number", "1", "Rescaled population of cavity 1.", minimum=0.0),
        Column("n2_over_aleph", "number", "1", "Rescaled population of cavity 2.", minimum=0.0),
        Column("relative_phase", "number", "rad", "2 theta_1 - theta_2, continuous along the path."),
        Column("action", "number", "1", "Action up to the point; zero along the torus.", minimum=0.0),
    ),
    key=("omega", "path", "point"),
)

TORUS_ACTION_RATES = TableSchema(
    "torus_action_rates",
    "Sampled rates of switching against the exponent of the path of least action.",
    (
        _OMEGA,
        _DIRECTION,
        _ACTION,
        _ACTION_ERROR,
        Column("n_alephs", "integer", "1", "Number of resolved rates.", minimum=3),
        *estimate("fitted", "1", "Coefficient of rate = prefactor exp(-coefficient aleph)."),
        Column("fitted_chi_squared", "number", "1", "Its sum of squared residuals in standard errors.", minimum=0.0),
        *estimate("power", "1", "Power p of rate = prefactor aleph^-p exp(-action aleph)."),
        *estimate("log_prefactor", "1", "Logarithm of that prefactor at the middle of ln aleph, in units of eta."),
        Column("chi_squared", "number", "1", "Its sum of squared residuals in standard errors.", minimum=0.0),
        *estimate(
            "log_limit",
            "1",
            "Limit of ln(rate aleph^q exp(c aleph)) for 1/aleph to zero, q = 0 from a cycle, 1/2 from a torus.",
        ),
        Column("limit_chi_squared", "number", "1", "Squared residuals of the line in 1/aleph.", minimum=0.0),
        *estimate("log_ratio", "1", "log_limit less the logarithm of the path's prefactor.", nullable=True),
    ),
    key=("omega", "direction"),
)
