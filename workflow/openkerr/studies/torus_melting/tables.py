"""Schemas of the tables of the melting torus in phase space, and of switching between cycle and torus."""

from __future__ import annotations

from openkerr.studies.columns import ALEPH, CAVITY, TIME, TRAJECTORIES
from openkerr.tables.columns import Column, TableSchema, estimate

__all__ = [
    "TORUS_BASINS",
    "TORUS_CIRCULAR_VARIANCE",
    "TORUS_DISTANCES",
    "TORUS_SCALING",
    "TORUS_SWINGS",
    "TORUS_SWITCHING",
    "TORUS_SWITCHING_LAWS",
    "TORUS_VARIANT_SCALING",
    "TORUS_WEIGHTS",
    "TORUS_WIGNER_WEIGHT",
]

_OMEGA = Column("omega", "number", "eta", "Frequency of cavity 1; that of cavity 2 differs as in torus.model.")
_START = Column("start", "text", "", "Attractor on which the ensemble was started.", allowed=("cycle", "torus"))
_DIRECTION = Column("direction", "text", "", "Direction.", allowed=("cycle_to_torus", "torus_to_cycle"))

TORUS_WIGNER_WEIGHT = TableSchema(
    "torus_wigner_weight",
    "Weight of the Wigner function in the area of the classical torus against time.",
    (
        ALEPH,
        CAVITY,
        TIME,
        Column(
            "margin",
            "number",
            "1",
            "Widening of the area in standard deviations of a quadrature of the vacuum, 1/(2 sqrt(aleph)).",
            minimum=0.0,
        ),
        *estimate("weight", "1", "Share of the Wigner function in the area.", minimum=0.0),
        TRAJECTORIES,
    ),
    key=("aleph", "mode", "time", "margin"),
)

TORUS_SWINGS = TableSchema(
    "torus_swings",
    "How far the photon numbers of single trajectories swing, early and late in the run.",
    (
        ALEPH,
        CAVITY,
        Column("half", "text", "", "Half of the run after the transient.", allowed=("early", "late")),
        Column("time_min", "number", "1/eta", "First time of it.", minimum=0.0),
        Column("time_max", "number", "1/eta", "Last time of it.", minimum=0.0),
        *estimate(
            "swing",
            "1",
            "Standard deviation over time of |alpha|^2 over that of the classical attractor, mean of all trajectories; "
            "empty where that does not swing.",
            minimum=0.0,
            nullable=True,
        ),
        *estimate(
            "undamped", "1", "Share of trajectories that swing at least half as far as it.", minimum=0.0, nullable=True
        ),
        TRAJECTORIES,
    ),
    key=("aleph", "mode", "half"),
)

TORUS_DISTANCES = TableSchema(
    "torus_distances",
    "Fluctuations across the classical attractor, of the unscaled field.",
    (
        ALEPH,
        TIME,
        *estimate(
            "distance_squared",
            "1",
            "Mean squared distance of the fields times sqrt(aleph) from the nearest point of the attractor.",
            minimum=0.0,
        ),
        TRAJECTORIES,
    ),
    key=("aleph", "time"),
)

TORUS_CIRCULAR_VARIANCE = TableSchema(
    "torus_circular_variance",
    "Circular variance of the phases of both cavities against time and aleph.",
    (
        ALEPH,
        CAVITY,
        TIME,
        *estimate("circular_variance", "1", "R = 1 - |<exp(i theta)>|."),
        *estimate("circular_variance_mean", "1", "Mean of R over one period of the modulation about the time."),
        Column(
            "circular_variance_predicted",
            "number",
            "1",
            "The mean by linear noise, no parameter; empty where torus_angle_weights lacks the model.",
            nullable=True,
        ),
        TRAJECTORIES,
    ),
    key=("aleph", "mode", "time"),
)

TORUS_SCALING = TableSchema(
    "torus_scaling",
    "Scaling of the period-averaged circular variance in time and aleph, for many windows of the fits.",
    (
        Column("case", "text", "", "Which mode: default is mode 1, mode_2 the other."),
        Column(
            "window",
            "text",
            "",
            "Ranges of aleph and time and the curves in them (all, or so many); variance_x: contour of R = x.",
        ),
        Column(
            "quantity",
            "text",
            "",
            "Exponents d1, d2 and factors c1, c2 of the rates; alpha, beta; k1, k2 of the joint collapse; rms "
            "distance from it with these and with Eq. 16 as printed; stretching exponents s of 1 - exp(-(rate x)^s), x "
            "= t and 1/aleph; t against aleph at constant R.",
            allowed=(
                *("d1", "d2", "c1", "c2", "alpha", "beta", "k1", "k2", "collapse_rms", "collapse_rms_printed"),
                *("stretch_time", "stretch_aleph", "contour_factor", "contour_exponent"),
            ),
        ),
        Column("value", "number", "units of eta", "Value."),
        Column(
            "stderr",
            "number",
            "units of eta",
            "Standard error: the larger of the trajectories' and of the curves' scatter about the power laws.",
            minimum=0.0,
        ),
        Column("stderr_statistics", "number", "units of eta", "Standard error of the trajectories alone.", minimum=0.0),
        Column("aleph_min", "number", "1", "Least aleph of the window.", above=0.0),
        Column("aleph_max", "number", "1", "Greatest aleph of the window.", above=0.0),
        Column("n_alephs", "integer", "1", "Number of curves at fixed aleph.", minimum=1),
        Column("time_min", "number", "1/eta", "First time of the window.", minimum=0.0),
        Column("time_max", "number", "1/eta", "Last time of the window.", minimum=0.0),
        Column("n_times", "integer", "1", "Number of curves at fixed time.", minimum=1),
        Column("aleph_reference", "number", "1", "aleph_0 of the collapse.", above=0.0),
        Column("time_reference", "number", "1/eta", "t_0 of the collapse.", above=0.0),
    ),
    key=("case", "window", "quantity"),
)

TORUS_VARIANT_SCALING = TableSchema(
    "torus_variant_scaling",
    "Exponents of the circular variance by linear noise, at the parameters of the default case and of all variants.",
    (
        Column("case", "text", "", "Set of parameters, as in torus_gap_cases."),
        Column(
            "family",
            "text",
            "",
            "What the set is for.",
            allowed=("default", "loss", "thermal", "universality", "numerics"),
        ),
        CAVITY,
        Column("aleph_min", "number", "1", "Least aleph of the window.", above=0.0),
        Column("aleph_max", "number", "1", "Greatest aleph of the window.", above=0.0),
        Column("time_min", "number", "1/eta", "First time of the window.", minimum=0.0),
        Column("time_max", "number", "1/eta", "Last time of the window.", minimum=0.0),
        Column("quantity", "text", "", "As in torus_scaling.", allowed=("d1", "d2", "beta")),
        Column("value", "number", "1", "Value; right to first order in 1/aleph, no parameter."),
    ),
    key=("case", "mode", "time_min", "time_max", "quantity"),
)

TORUS_BASINS = TableSchema(
    "torus_basins",
    "Attractors that random starts of the classical cavities reach.",
    (
        _OMEGA,
        Column("attractor", "text", "", "Attractor.", allowed=("limit_cycle", "limit_torus", "other")),
        *estimate("share", "1", "Share of the starts.", minimum=0.0),
        Column("n_starts", "integer", "1", "Random starts: normal, unit variance of each quadrature.", minimum=1),
    ),
    key=("omega", "attractor"),
)

TORUS_WEIGHTS = TableSchema(
    "torus_weights",
    "Share of trajectories on the limit torus in the second half of ensembles started on either attractor.",
    (
        _OMEGA,
        ALEPH,
        _START,
        *estimate("torus_weight", "1", "Share on the torus.", minimum=0.0),
        Column("stationarity", "number", "1", "Second half of the run minus the first, in standard errors of that."),
        Column("time_min", "number", "1/eta", "Begin of the average.", minimum=0.0),
        Column("time_max", "number", "1/eta", "End of the average.", minimum=0.0),
        TRAJECTORIES,
    ),
    key=("omega", "aleph", "start"),
    stationarity="stationarity",
)

TORUS_SWITCHING = TableSchema(
    "torus_switching",
    "Rates of switching between limit cycle and limit torus.",
    (
        _OMEGA,
        ALEPH,
        _DIRECTION,
        *estimate(
            "rate",
            "eta",
            "Rate from the relaxation of the shares of both ensembles; empty where no trajectory changed sides.",
            nullable=True,
        ),
        Column(
            "rate_limit",
            "number",
            "eta",
            "Upper limit of the rate at 95 % (Poisson) from n_events and the time spent on the side that is left; "
            "empty where too_fast, or where nobody stood there.",
            nullable=True,
            above=0.0,
        ),
        Column("n_events", "integer", "1", "Changes of side between samples, those of a batch balanced.", minimum=0),
        Column(
            "resolved",
            "integer",
            "1",
            "1 where the rate exceeds three standard errors and is slow against the window of the classes.",
            allowed=(0, 1),
        ),
        Column(
            "too_fast",
            "integer",
            "1",
            "1 where both attractors mix within about a window: no rate is told.",
            allowed=(0, 1),
        ),
        TRAJECTORIES,
        Column("time_max", "number", "1/eta", "Last time of the fit.", minimum=0.0),
    ),
    key=("omega", "aleph", "direction"),
)

TORUS_SWITCHING_LAWS = TableSchema(
    "torus_switching_laws",
    "Laws of the switching rates in aleph: exponential and power law, from the resolved rates.",
    (
        _OMEGA,
        _DIRECTION,
        Column(
            "law",
            "text",
            "",
            "exponential: prefactor exp(-coefficient aleph); power: prefactor aleph^-coefficient.",
            allowed=("exponential", "power"),
        ),
        *estimate("coefficient", "1", "Coefficient of the law."),
        *estimate("log_prefactor", "1", "Logarithm of the prefactor in units of eta."),
        Column("chi_squared", "number", "1", "Sum of squared residuals in standard errors.", minimum=0.0),
        Column("n_alephs", "integer", "1", "Number of rates.", minimum=3),
        Column("aleph_min", "number", "1", "Least aleph.", above=0.0),
        Column("aleph_max", "number", "1", "Greatest aleph.", above=0.0),
    ),
    key=("omega", "direction", "law"),
)
