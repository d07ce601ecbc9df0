"""Schemas of all tables: names, units and meanings of the columns, and what they may hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from openkerr.studies.chain_chaos.tables import CHAIN_CHAOS_TABLES
from openkerr.studies.chain_ensembles.tables import CHAIN_TABLES
from openkerr.studies.chain_map.tables import CHAIN_REGIME_TABLES
from openkerr.studies.chain_wave.tables import WAVE_TABLES
from openkerr.studies.torus_attractors.tables import NOISE_TABLES
from openkerr.studies.torus_melting.tables import MELTING_TABLES
from openkerr.tables.columns import Column, Rule, TableSchema
from openkerr.tables.columns import estimate as _estimate

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TABLES", "Column", "Rule", "TableSchema"]

_ALEPH = Column("aleph", "number", "1", "Rescaling parameter: photon numbers grow in proportion to it.", above=0.0)
_CASE = Column("case", "text", "", "Set of parameters: default, dual (the other scaling), or a named variant.")
_ESTIMATOR = Column("estimator", "text", "", "How the decay was measured.", allowed=("correlation", "mean", "pencil"))
_MODE = Column("mode", "integer", "1", "Cavity, 1 or 2.", allowed=(1, 2))
_TIME = Column("time", "number", "1/eta", "Time since the start.", minimum=0.0)
_TRAJECTORIES = "Number of trajectories behind the estimate."


_PARAMETERS = (
    Column("omega", "number", "eta", "Frequency of both cavities."),
    Column("tunneling", "number", "eta", "Rescaled two-to-one tunneling J."),
)
_OBJECT = Column(
    "object",
    "text",
    "",
    "What is followed.",
    allowed=("relative_equilibrium", "relative_periodic_orbit"),
)


def _mean_in_envelope(frame: pd.DataFrame) -> pd.Series:
    # The mean is rounded: where all trajectories agree it may miss the envelope by a rounding error.
    slack = 1e-9 * (1.0 + frame["n_over_aleph_max"].abs())
    mean = frame["n_over_aleph"]
    return (frame["n_over_aleph_min"] - slack <= mean) & (mean <= frame["n_over_aleph_max"] + slack)


def _decays(frame: pd.DataFrame) -> pd.Series:
    return frame["eigenvalue_real"] <= 1e-9 + 10 * (frame["basis_error"] + frame["residual"])


_SCHEMAS = (
    TableSchema(
        "torus_populations",
        "Photon numbers of the two cavities against time: mean and envelope of Wigner trajectories.",
        (
            _ALEPH,
            _MODE,
            _TIME,
            *_estimate("n_over_aleph", "1", "Mean photon number over aleph: <|alpha|^2> - 1/(2 aleph)."),
            Column("n_over_aleph_min", "number", "1", "Least |alpha|^2 - 1/(2 aleph) of any trajectory."),
            Column("n_over_aleph_max", "number", "1", "Greatest |alpha|^2 - 1/(2 aleph) of any trajectory."),
            Column("n_trajectories", "integer", "1", _TRAJECTORIES, minimum=1),
        ),
        key=("aleph", "mode", "time"),
        rules=(Rule("n_over_aleph must lie between n_over_aleph_min and n_over_aleph_max", _mean_in_envelope),),
    ),
    TableSchema(
        "torus_trajectories",
        "Single truncated-Wigner trajectories of the two cavities.",
        (
            _ALEPH,
            Column("trajectory", "integer", "1", "Number of the trajectory in its ensemble.", minimum=0),
            _MODE,
            _TIME,
            Column("n_over_aleph", "number", "1", "|alpha|^2 - 1/(2 aleph) of this trajectory."),
        ),
        key=("aleph", "trajectory", "mode", "time"),
    ),
    TableSchema(
        "torus_attractors",
        "Classical attractors of the two cavities: Lyapunov exponents, class and frequencies.",
        (
            *_PARAMETERS,
            Column(
                "sweep",
                "text",
                "",
                "Start: where the sweep up or down in omega came from, or a field of its own.",
                allowed=("up", "down", "fixed"),
            ),
            Column(
                "start", "integer", "1", "Number of the start; 0 is the coherent start of the ensembles.", minimum=0
            ),
            Column(
                "attractor",
                "text",
                "",
                "Class by the number of zero exponents.",
                allowed=("fixed_point", "limit_cycle", "limit_torus", "chaos"),
            ),
            Column("decided", "integer", "1", "1 where the errors allow one class only, else 0.", allowed=(0, 1)),
            Column(
                "nu_phi", "number", "eta", "Frequency of the symmetry's angle, from Newton's method.", nullable=True
            ),
            Column("nu_psi", "number", "eta", "Frequency of the modulation; empty on a limit cycle.", nullable=True),
            *(
                column
                for index in range(1, 5)
                for column in _estimate(f"lyapunov_{index}", "eta", f"Lyapunov exponent number {index}.")
            ),
            Column("averaging_time", "number", "1/eta", "Time that the exponents average over.", above=0.0),
        ),
        key=("omega", "tunneling", "sweep", "start"),
    ),
    TableSchema(
        "torus_branches",
        "Relative equilibria (limit cycles) and relative periodic orbits (limit tori), followed in omega.",
        (
            *_PARAMETERS,
            _OBJECT,
            Column("branch", "integer", "1", "Number of the branch.", minimum=0),
            Column("point", "integer", "1", "Number of the point along the branch.", minimum=0),
            Column("n_unstable", "integer", "1", "Directions that grow; 0 is stable.", minimum=0),
            Column("growth", "number", "eta", "Largest real part of the eigenvalues or Floquet exponents."),
            Column("nu_phi", "number", "eta", "Frequency of the symmetry's angle."),
            Column("nu_psi", "number", "eta", "Frequency of the modulation; empty on a limit cycle.", nullable=True),
            *(
                Column(f"n{mode}_{end}", "number", "1", f"{word} |alpha_{mode}|^2 along the motion.", minimum=0.0)
                for mode in (1, 2)
                for end, word in (("min", "Least"), ("max", "Greatest"))
            ),
        ),
        key=("branch", "point"),
    ),
    TableSchema(
        "torus_bifurcations",
        "Where the attractors of the two cavities begin and end.",
        (
            *_PARAMETERS,
            _OBJECT,
            Column("branch", "integer", "1", "Number of the branch.", minimum=0),
            Column(
                "bifurcation",
                "text",
                "",
                "Kind.",
                allowed=("fold", "hopf", "torus", "period_doubling", "branch_point", "homoclinic"),
            ),
            Column("frequency", "number", "eta", "Frequency of the critical pair; zero where there is none."),
            Column(
                "rate",
                "number",
                "eta",
                "Homoclinic: rate of the logarithm with which the period diverges.",
                nullable=True,
            ),
            Column(
                "saddle_rate",
                "number",
                "eta",
                "Homoclinic: smallest modulus of the saddle cycle's rates there, which theory has equal to rate.",
                nullable=True,
            ),
        ),
        key=("branch", "bifurcation", "omega"),
    ),
    TableSchema(
        "torus_lines",
        "Lines nu = k nu_phi + m nu_psi of the limit torus, from the relative periodic orbit.",
        (
            Column("omega", "number", "eta", "Frequency of both cavities."),
            Column("sector", "integer", "1", "Charge k.", minimum=0),
            Column("m", "integer", "1", "Order of the modulation."),
            Column("frequency", "number", "eta", "Frequency of the line, alpha ~ exp(-i nu t)."),
            Column("frequency_error", "number", "eta", "Numerical error of the frequency.", minimum=0.0),
            Column(
                "amplitude",
                "number",
                "1",
                "Modulus of the line in <a_1> (k = 1), <a_2> (2), n_1 (0), <a_1 a_2> (3).",
                minimum=0.0,
            ),
            Column(
                "frequency_series",
                "number",
                "eta",
                "The same line in the spectrum of a long run, independent of Newton's method.",
                nullable=True,
            ),
            Column(
                "linear_gap_times_aleph",
                "number",
                "eta",
                "Gap times aleph of the linear-noise theory.",
                nullable=True,
            ),
        ),
        key=("omega", "sector", "m"),
    ),
    TableSchema(
        "torus_parameters",
        "Parameters of the two cavities at each value of the rescaling parameter (Eq. 4).",
        (
            _ALEPH,
            Column(
                "parameter",
                "text",
                "",
                "Name of the parameter.",
                allowed=("omega", "kerr", "tunneling", "pump_rate", "two_photon_loss_rate"),
            ),
            Column("mode", "integer", "1", "Cavity; 0 where it belongs to both.", allowed=(0, 1, 2)),
            Column("rescaled", "number", "eta", "Rescaled value, the same for all aleph."),
            Column("value", "number", "eta", "Value in the Hamiltonian and the dissipators, in the rescaled unit."),
        ),
        key=("aleph", "parameter", "mode"),
    ),
    TableSchema(
        "torus_trapped_ion",
        "One trapped ion as the two cavities: effective and rescaled parameters, and the ratios that must be small.",
        (
            Column("kind", "text", "", "What the row holds.", allowed=("effective", "rescaled", "ratio")),
            Column("name", "text", "", "Name of the parameter or ratio."),
            Column("mode", "integer", "1", "Motional mode; 0 where it belongs to both.", allowed=(0, 1, 2)),
            Column("value", "number", "as stated", "Its value; rates and frequencies over 2 pi."),
            Column("unit", "text", "", "Unit of the value.", allowed=("kHz", "1", "eta")),
            Column(
                "reference",
                "number",
                "as stated",
                "Rescaled: the value wanted; ratio: the largest one allowed.",
                nullable=True,
            ),
        ),
        key=("kind", "name", "mode"),
    ),
    TableSchema(
        "torus_ion_region",
        "Rescaling parameters and units of rates that a trapped ion can reach, within given lasers and decays.",
        (
            Column("lamb_dicke", "number", "1", "Lamb-Dicke parameter of all lasers.", above=0.0),
            _ALEPH,
            Column(
                "largest_unit", "number", "kHz", "Largest unit of rates over 2 pi; 0 where there is none.", minimum=0.0
            ),
            Column(
                "bound",
                "text",
                "",
                "What sets the largest unit.",
                allowed=("lamb_dicke", "pump", "loss", "tunneling"),
            ),
            Column("smallest_unit", "number", "kHz", "Unit below which heating counts, over 2 pi.", minimum=0.0),
        ),
        key=("lamb_dicke", "aleph"),
    ),
    TableSchema(
        "claims",
        "Claims of the papers and our own, held against the tables of this run.",
        (
            Column("claim", "text", "", "Name of the claim in config/claims.yaml."),
            Column("paper", "text", "", "Paper that makes it.", allowed=("torus", "chain", "ours")),
            Column("where", "text", "", "Place in the paper."),
            Column("statement", "text", "", "What is claimed."),
            Column("published", "number", "as stated", "Published value, in the units of ours.", nullable=True),
            Column("published_error", "number", "as stated", "Its published error.", nullable=True, minimum=0.0),
            Column("ours", "number", "as stated", "Our value, a count or a share, as the rule has it.", nullable=True),
            Column(
                "ours_error",
                "number",
                "as stated",
                "Its standard error; empty where it is exact.",
                nullable=True,
                minimum=0.0,
            ),
            Column("sigma", "number", "1", "Distance that decides, in standard errors.", nullable=True, minimum=0.0),
            Column("verdict", "text", "", "Verdict.", allowed=("reproduced", "deviates", "unresolved")),
            Column("table", "text", "", "Tables that answer it."),
            Column("note", "text", "", "What was compared, or why nothing was.", nullable=True),
        ),
        key=("claim",),
    ),
    TableSchema(
        "torus_gaps",
        "Gaps and frequencies of the lines of the limit torus against aleph, by estimator.",
        (
            _CASE,
            _ALEPH,
            Column("sector", "integer", "1", "Charge k.", minimum=0),
            Column("m", "integer", "1", "Order of the modulation."),
            *_estimate("frequency", "eta", "Frequency of the line, exp(-i nu t)."),
            *_estimate("gap", "eta", "Decay rate of the line's modulus.", above=0.0),
            Column(
                "gap_systematic",
                "number",
                "eta",
                "Largest change of the gap with the range of the fit, the filter or the number of poles.",
                minimum=0.0,
            ),
            Column("n_trajectories", "integer", "1", _TRAJECTORIES, minimum=1),
            _ESTIMATOR,
            Column("range_low", "number", "1", "Gap times time at which the data used begin.", minimum=0.0),
            Column("range_high", "number", "1", "Gap times time at which the data used end.", minimum=0.0),
        ),
        key=("case", "aleph", "sector", "m", "estimator"),
    ),
    TableSchema(
        "torus_gap_cases",
        "Cases of torus_gaps: parameters, and the classical torus found there.",
        (
            _CASE,
            Column("family", "text", "", "What the case is for."),
            Column("tunneling", "number", "eta", "Rescaled two-to-one tunneling J."),
            *(
                Column(f"{name}_{mode}", "number", unit, f"{word} of cavity {mode}.")
                for name, unit, word in (
                    ("omega", "eta", "Frequency"),
                    ("kerr", "eta", "Rescaled Kerr nonlinearity U"),
                    ("pump_rate", "eta", "Incoherent pump rate gamma"),
                    ("two_photon_loss_rate", "eta", "Rescaled two-photon loss rate"),
                    ("loss_rate", "eta", "Single-photon loss rate kappa"),
                    ("thermal_occupation", "photons", "Occupation n_th of the single-photon bath"),
                )
                for mode in (1, 2)
            ),
            Column("nu_phi", "number", "eta", "Frequency of the symmetry's angle on the classical torus."),
            Column("nu_psi", "number", "eta", "Frequency of the modulation.", above=0.0),
            Column("floquet_rate", "number", "eta", "Smallest rate of return to the torus.", above=0.0),
        ),
        key=("case",),
    ),
    TableSchema(
        "torus_gap_fit",
        "Power laws gap = prefactor aleph^(-exponent) in all windows of neighbouring alephs.",
        (
            _CASE,
            Column("sector", "integer", "1", "Charge k.", minimum=0),
            Column("m", "integer", "1", "Order of the modulation."),
            _ESTIMATOR,
            Column(
                "weighting",
                "text",
                "",
                "Points count by their errors, or all alike with errors from their scatter.",
                allowed=("errors", "equal"),
            ),
            *_estimate("exponent", "1", "Exponent a."),
            *_estimate("prefactor", "eta", "Prefactor b.", above=0.0),
            Column("aleph_min", "number", "1", "Least aleph of the window.", above=0.0),
            Column("aleph_max", "number", "1", "Greatest aleph of the window.", above=0.0),
            Column("n_points", "integer", "1", "Points of the fit.", minimum=3),
            Column(
                "chi2_per_dof", "number", "1", "Squared residuals in standard errors, a degree of freedom.", minimum=0.0
            ),
            Column(
                "exponent_systematic",
                "number",
                "1",
                "Systematic errors of the gaps carried through the fit, point by point, in quadrature.",
                minimum=0.0,
            ),
        ),
        key=("case", "sector", "m", "estimator", "weighting", "aleph_min", "aleph_max"),
    ),
    TableSchema(
        "torus_liouvillian",
        "Slowest eigenvalues of the Liouvillian of the two cavities by charge sector.",
        (
            _ALEPH,
            Column("sector", "integer", "1", "Charge k.", minimum=0),
            Column("index", "integer", "1", "Number of the eigenvalue, slowest first.", minimum=0),
            Column("eigenvalue_real", "number", "eta", "Real part: minus the gap."),
            Column("eigenvalue_imag", "number", "eta", "Imaginary part: minus the frequency, alpha ~ exp(-i nu t)."),
            Column("residual", "number", "eta", "|L rho - lambda rho| for rho of length one.", minimum=0.0),
            Column(
                "basis_error", "number", "eta", "Change of the eigenvalue from the basis of core_size.", minimum=0.0
            ),
            Column(
                "trace_leak",
                "number",
                "eta",
                "|Tr L rho| over the sum of |populations|; zero for k > 0, where there is no trace.",
                minimum=0.0,
            ),
            Column("basis_size", "integer", "1", "Coherences of the basis.", minimum=1),
            Column("method", "text", "", "Method of solution.", allowed=("shift_invert", "arnoldi")),
            Column("core_size", "integer", "1", "Coherences that carry the modes.", minimum=1),
            Column(
                "method_difference",
                "number",
                "eta",
                "Distance to the eigenvalue that the other method finds, where the block is small enough for both.",
                nullable=True,
                minimum=0.0,
            ),
            Column(
                "m",
                "integer",
                "1",
                "Order of the line (k, m): windings of the eigenmatrix about the classical torus; empty if of no line.",
                nullable=True,
            ),
            Column(
                "m_share",
                "number",
                "1",
                "Share of that order in the Fourier components along the torus; near one in the classical limit.",
                nullable=True,
                minimum=0.0,
                maximum=1.0 + 1e-9,
            ),
        ),
        key=("aleph", "sector", "index"),
        rules=(Rule("eigenvalue_real must not be positive beyond basis_error and residual", _decays),),
    ),
    TableSchema(
        "torus_crossover",
        "Lines of the torus by exact solution and truncated Wigner, against linear noise and against each other.",
        (
            _ALEPH,
            Column("sector", "integer", "1", "Charge k.", minimum=0),
            Column("m", "integer", "1", "Order of the modulation."),
            Column("method", "text", "", "Method of solution.", allowed=("liouvillian", "twa")),
            Column("estimator", "text", "", "Estimator of table torus_gaps; eigenvalue: none is needed."),
            *_estimate("gap", "eta", "Decay rate of the line; a bound on its error where it is exact.", above=0.0),
            Column("gap_systematic", "number", "eta", "Systematic error of gap.", nullable=True, minimum=0.0),
            *_estimate("gap_times_aleph", "eta", "gap times aleph.", above=0.0),
            *_estimate(
                "relative_to_limit", "1", "gap times aleph over its linear-noise limit, less one.", nullable=True
            ),
            *_estimate("frequency_shift", "eta", "Frequency less k nu_phi + m nu_psi.", nullable=True),
            Column(
                "additive_shift",
                "number",
                "eta",
                "k times the exact shift of (1, 0) plus m times that of (0, 1); empty for these and where not exact.",
                nullable=True,
            ),
            *_estimate(
                "gap_error", "1", "Truncated Wigner: gap over the exact one at this aleph, less one.", nullable=True
            ),
            Column(
                "slowest",
                "integer",
                "1",
                "1 for the slowest exact line of all sectors at an aleph where all are solved, else 0.",
                nullable=True,
                allowed=(0, 1),
            ),
        ),
        key=("aleph", "sector", "m", "method", "estimator"),
    ),
    TableSchema(
        "torus_steady_state",
        "Photon numbers and second-order coherences of the steady state, exact and by truncated Wigner.",
        (
            _ALEPH,
            Column("method", "text", "", "Method of solution.", allowed=("liouvillian", "twa")),
            *(
                column
                for name, text in (("n{}_over_aleph", "Photon number over aleph"), ("g2_{}", "<a†² a²>/n²"))
                for mode in (1, 2)
                for column in _estimate(name.format(mode), "1", f"{text}, cavity {mode}; nothing is sampled if exact.")
            ),
        ),
        key=("aleph", "method"),
    ),
    TableSchema(
        "stepper_errors",
        "Weak error of every stepper, precision and law of noise against its step.",
        (
            Column("problem", "text", "", "Model: the two cavities or the chain.", allowed=("torus", "chain")),
            Column("case", "text", "", "Name of the case in the configuration."),
            Column("stepper", "text", "", "Step.", allowed=("runge_kutta", "runge_kutta_5", "strang", "blanes_moan")),
            Column("precision", "text", "", "Arithmetic of the fields.", allowed=("double", "single")),
            Column("noise", "text", "", "Law of the noise.", allowed=("gaussian", "discrete")),
            Column("time_step", "number", "1/eta or 1/gamma", "Step.", above=0.0),
            Column("quantity", "text", "", "Average that is compared.", allowed=("field", "photon_number")),
            Column("mode", "integer", "1", "Cavity or site, from 1.", minimum=1),
            *_estimate(
                "error",
                "1",
                "Root mean square over the window of the difference from the reference (cavities: rescaled units); "
                "empty where a trajectory became infinite.",
                nullable=True,
                minimum=0.0,
            ),
            Column("tolerance", "number", "1", "Error that the default step must meet.", above=0.0),
            Column("n_trajectories", "integer", "1", _TRAJECTORIES, minimum=1),
        ),
        key=("problem", "case", "stepper", "precision", "noise", "time_step", "quantity", "mode"),
    ),
)

TABLES: Mapping[str, TableSchema] = {
    schema.name: schema
    for schema in (
        *_SCHEMAS,
        *NOISE_TABLES,
        *MELTING_TABLES,
        *CHAIN_TABLES,
        *CHAIN_REGIME_TABLES,
        *CHAIN_CHAOS_TABLES,
        *WAVE_TABLES,
    )
}
