"""Schemas of the tables of the exact solution of the two cavities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openkerr.studies.columns import ALEPH
from openkerr.tables.columns import Column, Rule, TableSchema, estimate

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TORUS_CROSSOVER", "TORUS_LIOUVILLIAN", "TORUS_STEADY_STATE"]


def _decays(frame: pd.DataFrame) -> pd.Series:
    return frame["eigenvalue_real"] <= 1e-9 + 10 * (frame["basis_error"] + frame["residual"])


TORUS_LIOUVILLIAN = TableSchema(
    "torus_liouvillian",
    "Slowest eigenvalues of the Liouvillian of the two cavities by charge sector.",
    (
        ALEPH,
        Column("sector", "integer", "1", "Charge k.", minimum=0),
        Column("index", "integer", "1", "Number of the eigenvalue, slowest first.", minimum=0),
        Column("eigenvalue_real", "number", "eta", "Real part: minus the gap."),
        Column("eigenvalue_imag", "number", "eta", "Imaginary part: minus the frequency, alpha ~ exp(-i nu t)."),
        Column("residual", "number", "eta", "|L rho - lambda rho| for rho of length one.", minimum=0.0),
        Column("basis_error", "number", "eta", "Change of the eigenvalue from the basis of core_size.", minimum=0.0),
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
)

TORUS_CROSSOVER = TableSchema(
    "torus_crossover",
    "Lines of the torus by exact solution and truncated Wigner, against linear noise and against each other.",
    (
        ALEPH,
        Column("sector", "integer", "1", "Charge k.", minimum=0),
        Column("m", "integer", "1", "Order of the modulation."),
        Column("method", "text", "", "Method of solution.", allowed=("liouvillian", "twa")),
        Column("estimator", "text", "", "Estimator of table torus_gaps; eigenvalue: none is needed."),
        *estimate("gap", "eta", "Decay rate of the line; a bound on its error where it is exact.", above=0.0),
        Column("gap_systematic", "number", "eta", "Systematic error of gap.", nullable=True, minimum=0.0),
        *estimate("gap_times_aleph", "eta", "gap times aleph; its error is a joint one, as those below.", above=0.0),
        *estimate("relative_to_limit", "1", "gap times aleph over its linear-noise limit, less one.", nullable=True),
        *estimate("frequency_shift", "eta", "Frequency less k nu_phi + m nu_psi.", nullable=True),
        Column(
            "additive_shift",
            "number",
            "eta",
            "k times the exact shift of (1, 0) plus m times that of (0, 1); empty for these and where not exact.",
            nullable=True,
        ),
        *estimate("gap_error", "1", "Truncated Wigner: gap over the exact one at this aleph, less one.", nullable=True),
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
)

TORUS_STEADY_STATE = TableSchema(
    "torus_steady_state",
    "Photon numbers and second-order coherences of the steady state, exact and by truncated Wigner.",
    (
        ALEPH,
        Column("method", "text", "", "Method of solution.", allowed=("liouvillian", "twa")),
        *(
            column
            for name, text in (("n{}_over_aleph", "Photon number over aleph"), ("g2_{}", "<a†² a²>/n²"))
            for mode in (1, 2)
            for column in estimate(name.format(mode), "1", f"{text}, cavity {mode}; nothing is sampled if exact.")
        ),
    ),
    key=("aleph", "method"),
)
