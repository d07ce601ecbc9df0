"""Schemas of the tables of linear noise: phase diffusion, gaps of lines, weights of angles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openkerr.studies.columns import ALEPH, step_error
from openkerr.tables.columns import Column, Rule, TableSchema, estimate

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "TORUS_ANGLE_WEIGHTS",
    "TORUS_ATTRACTORS",
    "TORUS_BIFURCATIONS",
    "TORUS_BRANCHES",
    "TORUS_DIFFUSION",
    "TORUS_LINES",
    "TORUS_LINE_GAPS",
    "TORUS_LINE_RANKS",
    "TORUS_PARAMETERS",
    "TORUS_SLOWEST_LINES",
]

_LINEAR_LINES = (
    Column("omega", "number", "eta", "Frequency of cavity 1; that of cavity 2 differs as in torus.model."),
    Column("sector", "integer", "1", "Charge k.", minimum=0),
    Column("m", "integer", "1", "Order of the modulation."),
    Column("frequency", "number", "eta", "Frequency of the line, alpha ~ exp(-i nu t)."),
    Column("frequency_shift_times_aleph", "number", "eta", "What noise adds to the frequency, times aleph."),
    *estimate("linear_gap_times_aleph", "eta", "Gap times aleph; its error is that of the resolution.", minimum=0.0),
)


def _tori_have_two_phases(frame: pd.DataFrame) -> pd.Series:
    needed = frame[["nu_psi", "d_phi_psi", "d_psi_psi"]]
    return (frame["attractor"] != "limit_torus") | needed.notna().all(axis=1)


_PARAMETERS = (
    Column("omega", "number", "eta", "Frequency of cavity 1; that of cavity 2 differs as in torus.model."),
    Column("tunneling", "number", "eta", "Rescaled two-to-one tunneling J."),
)
_OBJECT = Column(
    "object",
    "text",
    "",
    "What is followed.",
    allowed=("relative_equilibrium", "relative_periodic_orbit"),
)

TORUS_DIFFUSION = TableSchema(
    "torus_diffusion",
    "Phase diffusion and frequency shifts of limit cycles and limit tori, times aleph.",
    (
        Column("omega", "number", "eta", "Frequency of cavity 1; that of cavity 2 differs as in torus.model."),
        Column("attractor", "text", "", "Whose phases: a cycle has phi alone.", allowed=("limit_cycle", "limit_torus")),
        Column(
            "method",
            "text",
            "",
            "Linear noise: errors are differences between two resolutions.",
            allowed=("linear_noise", "twa", "liouvillian"),
        ),
        Column("aleph", "number", "1", "Rescaling parameter; empty in the classical limit.", nullable=True, above=0.0),
        *estimate("nu_phi", "eta", "Frequency of the symmetry's angle."),
        *estimate("nu_psi", "eta", "Frequency of the modulation.", nullable=True),
        *estimate("d_phi_phi", "eta", "<d(phi) d(phi)>/dt times aleph.", minimum=0.0),
        *estimate("d_phi_psi", "eta", "<d(phi) d(psi)>/dt times aleph.", nullable=True),
        *estimate("d_psi_psi", "eta", "<d(psi) d(psi)>/dt times aleph.", nullable=True, minimum=0.0),
        *estimate("shift_phi", "eta", "Frequency shift of phi times aleph.", nullable=True),
        *estimate("shift_psi", "eta", "Frequency shift of psi times aleph.", nullable=True),
    ),
    key=("omega", "attractor", "method", "aleph"),
    rules=(Rule("rows of a limit torus need nu_psi, d_phi_psi and d_psi_psi", _tori_have_two_phases),),
)

TORUS_LINE_GAPS = TableSchema(
    "torus_line_gaps",
    "Lines of the limit torus over omega in the classical limit, from linear noise.",
    _LINEAR_LINES,
    key=("omega", "sector", "m"),
)

TORUS_LINE_RANKS = TableSchema(
    "torus_line_ranks",
    "The slowest lines of all charges, from linear noise; a pair of conjugate ones counts once.",
    (
        *_LINEAR_LINES,
        Column("rank", "integer", "1", "1 for the smallest gap of all.", minimum=1),
    ),
    key=("omega", "sector", "m"),
)

TORUS_SLOWEST_LINES = TableSchema(
    "torus_slowest_lines",
    "The line of the smallest gap in each sector, and of all sectors, from linear noise.",
    (
        *_LINEAR_LINES,
        Column("slowest", "integer", "1", "1 for the slowest line of all sectors, else 0.", allowed=(0, 1)),
    ),
    key=("omega", "sector", "m"),
)

TORUS_ANGLE_WEIGHTS = TableSchema(
    "torus_angle_weights",
    "Lines of exp(i theta), theta the phase of a cavity, after the way from the coherent start to the limit torus.",
    (
        Column("omega", "number", "eta", "Frequency of cavity 1; that of cavity 2 differs as in torus.model."),
        Column("mode", "integer", "1", "Cavity, 1 or 2.", allowed=(1, 2)),
        Column("sector", "integer", "1", "Charge k.", minimum=0),
        Column("m", "integer", "1", "Order of the modulation."),
        Column("frequency", "number", "eta", "Frequency nu of the line."),
        Column("weight_real", "number", "1", "Real part of the weight, referred to the time of the start."),
        Column("weight_imag", "number", "1", "Imaginary part of the weight."),
        Column("linear_gap_times_aleph", "number", "eta", "Gap times aleph.", minimum=0.0),
        Column("frequency_shift_times_aleph", "number", "eta", "Frequency shift times aleph."),
        Column(
            "start_variance_times_aleph",
            "number",
            "1",
            "Half the variance of the line's phase that the start and the transient leave, times aleph.",
        ),
        Column(
            "start_phase_times_aleph",
            "number",
            "1",
            "Mean of the line's phase that the start and the transient leave, less the classical one, times aleph.",
        ),
    ),
    key=("omega", "mode", "m"),
)

TORUS_ATTRACTORS = TableSchema(
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
        Column("start", "integer", "1", "Number of the start; 0 is the coherent start of the ensembles.", minimum=0),
        Column(
            "attractor",
            "text",
            "",
            "Class by the number of zero exponents.",
            allowed=("fixed_point", "limit_cycle", "limit_torus", "chaos"),
        ),
        Column("decided", "integer", "1", "1 where the errors allow one class only, else 0.", allowed=(0, 1)),
        Column(
            "aligned", "integer", "1", "0 where rates still drift from the first quarter to the rest.", allowed=(0, 1)
        ),
        Column("nu_phi", "number", "eta", "Frequency of the symmetry's angle, from Newton's method.", nullable=True),
        Column("nu_psi", "number", "eta", "Frequency of the modulation; empty on a limit cycle.", nullable=True),
        *(
            column
            for index in range(1, 5)
            for column in (
                *estimate(f"lyapunov_{index}", "eta", f"Lyapunov exponent number {index}."),
                step_error(f"lyapunov_{index}", "eta"),
            )
        ),
        Column("averaging_time", "number", "1/eta", "Time that the exponents average over.", above=0.0),
    ),
    key=("omega", "tunneling", "sweep", "start"),
    averaging_time="averaging_time",
)

TORUS_BRANCHES = TableSchema(
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
)

TORUS_BIFURCATIONS = TableSchema(
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
)

TORUS_LINES = TableSchema(
    "torus_lines",
    "Lines nu = k nu_phi + m nu_psi of the limit torus, from the relative periodic orbit.",
    (
        Column("omega", "number", "eta", "Frequency of cavity 1; that of cavity 2 differs as in torus.model."),
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
)

TORUS_PARAMETERS = TableSchema(
    "torus_parameters",
    "Parameters of the two cavities at each value of the rescaling parameter (Eq. 4).",
    (
        ALEPH,
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
)
