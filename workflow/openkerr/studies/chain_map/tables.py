"""Schemas of the tables of the chain's regimes: steady states over length and drive, and their boundaries."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from openkerr.analysis.labels import DOUBTS
from openkerr.studies.chain_columns import BURN_IN, DRIVE, LENGTH, SITE, SITE_IN_CHAIN, STATIONARITY, WINDOW
from openkerr.studies.columns import TRAJECTORIES
from openkerr.tables.columns import Column, Rule, TableSchema, estimate

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CHAIN_BOUNDARIES", "CHAIN_PHASE_DIAGRAM", "CHAIN_REGIME_SENSITIVITY"]


def _sampled_rows_have_errors(frame: pd.DataFrame) -> pd.Series:
    needed = frame[["photon_number_stderr", "number_fluctuation_stderr", "n_trajectories", "window"]]
    return (frame["method"] != "twa") | needed.notna().all(axis=1)


_GEOMETRY = Column(
    "geometry", "text", "", "Drive and loss at the ends or on all sites.", allowed=("boundary", "uniform")
)

CHAIN_PHASE_DIAGRAM = TableSchema(
    "chain_phase_diagram",
    "Steady states of the chain against length and drive: photon statistics, saturated correlators, regime.",
    (
        _GEOMETRY,
        Column("method", "text", "", "Method of solution.", allowed=("twa", "gpe", "cumulants")),
        LENGTH,
        DRIVE,
        SITE,
        Column("photon_number", "number", "1", "Mean photon number n of the site."),
        Column("photon_number_stderr", "number", "1", "Standard error of photon_number.", nullable=True, minimum=0.0),
        *estimate(
            "number_fluctuation",
            "1",
            "<n^2> - <n>^2 - <n>: zero for Poissonian statistics.",
            nullable=True,
        ),
        *estimate("g2", "1", "Second-order coherence <a+ a+ a a>/n^2.", nullable=True),
        *estimate(
            "otoc_saturation",
            "1",
            "Late-time phase decorrelation 1 - <cos(difference of phase)> of replicas rotated at the first site.",
            nullable=True,
            minimum=0.0,
            maximum=2.0,
            # One that decays or grows slowly ends nowhere.
            stationarity="otoc_stationarity",
            shorter_run=0.05,
        ),
        Column(
            "regime",
            "text",
            "",
            "Regime: I quasi-linear, II chaotic, III resonant nonlinear wave, mixed; empty: not decided.",
            nullable=True,
            allowed=("I", "II", "III", "mixed"),
        ),
        *estimate(
            "rnw_fraction",
            "1",
            "Share of trajectories whose mean photon number at the last site is that of the nonlinear wave.",
            nullable=True,
            minimum=0.0,
            maximum=1.0,
        ),
        replace(TRAJECTORIES, nullable=True),
        replace(WINDOW, nullable=True),
        *estimate("mandel_q", "1", "Mandel parameter Q = number_fluctuation/photon_number.", nullable=True),
        STATIONARITY,
        replace(BURN_IN, nullable=True),
        Column(
            "otoc_stationarity",
            "number",
            "1",
            "otoc_saturation in the second half of its average minus the first half, in standard errors.",
            nullable=True,
        ),
        Column(
            "wave_photon_number",
            "number",
            "1",
            "Photon number of the resonant nonlinear wave at the last site, by Newton's method; empty: no wave.",
            nullable=True,
            minimum=0.0,
        ),
        Column(
            "doubt",
            "text",
            "",
            "What speaks against the row: step, fields turn by more than 0.7 a step; interaction, U > gamma (n + 1), "
            "where truncated Wigner drops too much; photon number, not above five standard errors: no g2, "
            "mandel_q, regime; moving, by more than five standard errors from half to half of the window, "
            "so that the regime is that of a state on its way. Empty: nothing.",
            nullable=True,
            allowed=DOUBTS,
        ),
    ),
    key=("geometry", "method", "length", "drive_amplitude", "site"),
    rules=(
        SITE_IN_CHAIN,
        Rule(
            "rows of method twa need standard errors, n_trajectories and window",
            _sampled_rows_have_errors,
        ),
    ),
    stationarity="stationarity",
)

CHAIN_BOUNDARIES = TableSchema(
    "chain_boundaries",
    "Boundaries between the regimes of the chain against length and burn-in.",
    (
        _GEOMETRY,
        LENGTH,
        Column(
            "boundary",
            "text",
            "",
            "one_two: the saturated correlator rises through its limit; two_three: half the trajectories are in "
            "the wave; leap: the last site's photon number grows most; fluctuation_peak: its fluctuation is "
            "greatest.",
            allowed=("one_two", "two_three", "leap", "fluctuation_peak"),
        ),
        BURN_IN,
        WINDOW,
        *estimate("drive_amplitude", "gamma", "Drive of the boundary; the error holds the step of the scan."),
        Column(
            "width",
            "number",
            "gamma",
            "Distance over which share or correlator pass the limits of a mixture, or the step of the scan.",
            nullable=True,
        ),
    ),
    key=("geometry", "length", "boundary", "burn_in", "window"),
)

CHAIN_REGIME_SENSITIVITY = TableSchema(
    "chain_regime_sensitivity",
    "What a changed rule of the classifier changes in regimes and boundaries of the boundary-driven chain.",
    (
        LENGTH,
        Column(
            "rule",
            "text",
            "",
            "Rule of chain.regimes that is changed, alone.",
            allowed=("wave_band", "mixed_shares", "chaotic_correlator", "sigma"),
        ),
        Column("factor", "number", "1", "Its factor; of mixed_shares that of both distances from 0 and 1.", above=0.0),
        Column("n_states", "integer", "1", "Drives whose regime is decided before or after.", minimum=0),
        Column("n_changed", "integer", "1", "Those whose regime changes, to or from undecided ones too.", minimum=0),
        Column("n_exchanged", "integer", "1", "Those that pass from one decided regime to another.", minimum=0),
        Column("one_two_shift", "number", "gamma", "Change of the drive of boundary one_two; empty: none.", True),
        Column("two_three_shift", "number", "gamma", "The same of boundary two_three.", True),
    ),
    key=("length", "rule", "factor"),
)
