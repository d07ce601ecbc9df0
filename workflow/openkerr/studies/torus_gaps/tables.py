"""Schemas of the tables of the torus' gaps."""

from __future__ import annotations

from openkerr.studies.columns import ALEPH, TRAJECTORIES
from openkerr.tables.columns import Column, TableSchema, estimate

__all__ = ["TORUS_GAPS", "TORUS_GAP_CASES", "TORUS_GAP_FIT"]

_CASE = Column("case", "text", "", "Set of parameters: default, dual (the other scaling), or a named variant.")
_ESTIMATOR = Column("estimator", "text", "", "How the decay was measured.", allowed=("correlation", "mean", "pencil"))

TORUS_GAPS = TableSchema(
    "torus_gaps",
    "Gaps and frequencies of the lines of the limit torus against aleph, by estimator.",
    (
        _CASE,
        ALEPH,
        Column("sector", "integer", "1", "Charge k.", minimum=0),
        Column("m", "integer", "1", "Order of the modulation."),
        *estimate("frequency", "eta", "Frequency of the line, exp(-i nu t), without frequency_step."),
        Column(
            "frequency_systematic",
            "number",
            "eta",
            "Largest change of the frequency with the range of the fit, the filter or the number of poles.",
            minimum=0.0,
        ),
        Column(
            "frequency_step",
            "number",
            "eta",
            "What the integrator's step adds to the line of the classical torus: taken off the frequency.",
        ),
        *estimate("gap", "eta", "Decay rate of the line's modulus.", above=0.0),
        Column(
            "gap_systematic",
            "number",
            "eta",
            "Largest change of the gap with the range of the fit, the filter or the number of poles.",
            minimum=0.0,
        ),
        TRAJECTORIES,
        _ESTIMATOR,
        Column("range_low", "number", "1", "Gap times time at which the data used begin.", minimum=0.0),
        Column("range_high", "number", "1", "Gap times time at which the data used end.", minimum=0.0),
    ),
    key=("case", "aleph", "sector", "m", "estimator"),
)

TORUS_GAP_CASES = TableSchema(
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
        *(
            Column(name, "number", "eta", f"{text}; empty where the attractor is no limit torus.", True)
            for name, text in (
                ("nu_phi", "Frequency of the symmetry's angle on the classical torus"),
                ("nu_psi", "Frequency of the modulation"),
                ("floquet_rate", "Smallest rate of return to the torus"),
                ("nu_phi_step", "What the step adds to nu_phi"),
                ("nu_psi_step", "What the step adds to nu_psi"),
                ("step_error", "Error of these two"),
                ("d_phi_phi", "Diffusion of the symmetry's angle by linear noise, times aleph"),
                ("d_phi_psi", "Covariance of both angles by linear noise, times aleph"),
                ("d_psi_psi", "Diffusion of the modulation by linear noise, times aleph"),
            )
        ),
        Column("time_step", "number", "1/eta", "Step of the integrator.", above=0.0),
    ),
    key=("case",),
)

TORUS_GAP_FIT = TableSchema(
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
        *estimate("exponent", "1", "Exponent a."),
        *estimate("prefactor", "eta", "Prefactor b.", above=0.0),
        Column("aleph_min", "number", "1", "Least aleph of the window.", above=0.0),
        Column("aleph_max", "number", "1", "Greatest aleph of the window.", above=0.0),
        Column("n_points", "integer", "1", "Points of the fit.", minimum=3),
        Column(
            "chi2_per_dof",
            "number",
            "1",
            "Squared residuals in joint errors, a degree of freedom; above one, errors are larger.",
            minimum=0.0,
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
)
