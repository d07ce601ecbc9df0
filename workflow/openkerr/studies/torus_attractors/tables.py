"""Schemas of the tables of linear noise: phase diffusion, gaps of lines, weights of angles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openkerr.tables.columns import Column, Rule, TableSchema, estimate

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["NOISE_TABLES"]

_LINEAR_LINES = (
    Column("omega", "number", "eta", "Frequency of both cavities."),
    Column("sector", "integer", "1", "Charge k.", minimum=0),
    Column("m", "integer", "1", "Order of the modulation."),
    Column("frequency", "number", "eta", "Frequency of the line, alpha ~ exp(-i nu t)."),
    Column("frequency_shift_times_aleph", "number", "eta", "What noise adds to the frequency, times aleph."),
    *estimate("linear_gap_times_aleph", "eta", "Gap times aleph; its error is that of the resolution.", minimum=0.0),
)


def _tori_have_two_phases(frame: pd.DataFrame) -> pd.Series:
    needed = frame[["nu_psi", "d_phi_psi", "d_psi_psi"]]
    return (frame["attractor"] != "limit_torus") | needed.notna().all(axis=1)


NOISE_TABLES = (
    TableSchema(
        "torus_diffusion",
        "Phase diffusion and frequency shifts of limit cycles and limit tori, times aleph.",
        (
            Column("omega", "number", "eta", "Frequency of both cavities."),
            Column(
                "attractor", "text", "", "Whose phases: a cycle has phi alone.", allowed=("limit_cycle", "limit_torus")
            ),
            Column(
                "method",
                "text",
                "",
                "Linear noise: errors are differences between two resolutions.",
                allowed=("linear_noise", "twa", "liouvillian"),
            ),
            Column(
                "aleph", "number", "1", "Rescaling parameter; empty in the classical limit.", nullable=True, above=0.0
            ),
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
    ),
    TableSchema(
        "torus_line_gaps",
        "Lines of the limit torus over omega in the classical limit, from linear noise.",
        _LINEAR_LINES,
        key=("omega", "sector", "m"),
    ),
    TableSchema(
        "torus_slowest_lines",
        "The line of the smallest gap in each sector, and of all sectors, from linear noise.",
        (
            *_LINEAR_LINES,
            Column("slowest", "integer", "1", "1 for the slowest line of all sectors, else 0.", allowed=(0, 1)),
        ),
        key=("omega", "sector", "m"),
    ),
    TableSchema(
        "torus_angle_weights",
        "Lines of exp(i theta), theta the phase of a cavity, after the way from the coherent start to the limit torus.",
        (
            Column("omega", "number", "eta", "Frequency of both cavities."),
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
    ),
)
