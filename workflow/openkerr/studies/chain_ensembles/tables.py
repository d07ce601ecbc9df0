"""Schemas of the tables of single chains: profiles, coherences and currents."""

from __future__ import annotations

from openkerr.analysis.labels import DOUBTS
from openkerr.studies.chain_columns import BURN_IN, DRIVE, LENGTH, SITE, SITE_IN_CHAIN, WINDOW
from openkerr.tables.columns import Column, TableSchema, estimate

__all__ = ["CHAIN_COHERENCE", "CHAIN_CURRENTS", "CHAIN_PROFILES", "CHAIN_RELAXATION"]

_CASE = (
    LENGTH,
    DRIVE,
    Column("loss", "number", "gamma", "Intrinsic loss kappa of every site.", minimum=0.0),
    Column(
        "method",
        "text",
        "",
        "Truncated Wigner, or Gross-Pitaevskii: no noise, starts sampled from the vacuum.",
        allowed=("twa", "gpe"),
    ),
)
_KEY = ("length", "drive_amplitude", "loss", "method")
_ENSEMBLE = (
    Column("n_trajectories", "integer", "1", "Number of trajectories behind the estimate.", minimum=1),
    BURN_IN,
    WINDOW,
)

CHAIN_PROFILES = TableSchema(
    "chain_profiles",
    "Photon statistics, field and phase of every site of a chain in its steady state.",
    (
        *_CASE,
        SITE,
        *estimate("photon_number", "1", "Mean photon number: <|alpha|^2> - 1/2 (twa), <|alpha|^2> (gpe)."),
        *estimate("circular_variance", "1", "1 - |<exp(i theta)>|."),
        *estimate(
            "mean_phase",
            "rad",
            "Argument of <exp(i theta)>; empty where its modulus is below three standard errors.",
            nullable=True,
        ),
        *estimate("field_real", "1", "Real part of <a>."),
        *estimate("field_imag", "1", "Imaginary part of <a>."),
        *estimate(
            "number_fluctuation",
            "1",
            "<n^2> - <n>^2 - <n> (twa); variance of |alpha|^2 (gpe).",
        ),
        *estimate("g2", "1", "Second-order coherence.", nullable=True),
        *estimate(
            "ring_contrast",
            "1",
            "Logarithm of the angle-averaged Wigner function at |alpha|^2 = <|alpha|^2> over that in the middle: "
            "-1 for a Gaussian, positive for a ring; empty at few photons.",
            nullable=True,
        ),
        Column(
            "stationarity",
            "number",
            "1",
            "Photon number in the second half of the window minus the first half, in standard errors; empty where "
            "nothing fluctuates.",
            nullable=True,
        ),
        *_ENSEMBLE,
        Column(
            "doubt",
            "text",
            "",
            "What speaks against the row: step, fields turn by more than 0.7 a step; interaction, U > gamma (n + 1), "
            "where truncated Wigner drops too much; photon number, not above five standard errors: no g2; "
            "moving, by more than five standard errors from half to half of the window. Empty: nothing.",
            nullable=True,
            allowed=DOUBTS,
        ),
    ),
    key=(*_KEY, "site"),
    rules=(SITE_IN_CHAIN,),
    stationarity="stationarity",
)

CHAIN_COHERENCE = TableSchema(
    "chain_coherence",
    "First-order coherence of every site with the centre of the chain.",
    (
        *_CASE,
        Column("center", "integer", "1", "Site length // 2, with which the others are compared.", minimum=1),
        SITE,
        *estimate(
            "g1", "1", "|<a_l+ a_m>|/sqrt(n_l n_m); empty where a photon number is not above zero.", nullable=True
        ),
    ),
    key=(*_KEY, "center", "site"),
    rules=(SITE_IN_CHAIN,),
)

CHAIN_RELAXATION = TableSchema(
    "chain_relaxation",
    "Lengths over which phase, amplitude and coherence relax along a chain.",
    (
        *_CASE,
        *estimate(
            "phase_length", "sites", "Site at which the circular variance passes 0.9; empty if none.", nullable=True
        ),
        *estimate("amplitude_length", "sites", "Sum of the photon numbers over the greatest of them."),
        *estimate(
            "coherence_length",
            "sites",
            "Distance from the centre at which g1 falls to 1/e, mean of both sides; empty if it does not.",
            nullable=True,
        ),
        *estimate(
            "coherence_length_e2",
            "sites",
            "Distance from the centre at which g1 falls to 1/e², mean of both sides; empty if it does not.",
            nullable=True,
        ),
        *estimate(
            "distant_coherence_squared",
            "1",
            "Mean square of g1 of the centre with sites at least 10 away; empty if there are none.",
            nullable=True,
        ),
    ),
    key=_KEY,
)

CHAIN_CURRENTS = TableSchema(
    "chain_currents",
    "Currents of photons and energy through the bond from a site to the next one on the right.",
    (
        *_CASE,
        SITE,
        *estimate("photon_current", "gamma", "Photons that pass the bond to the right in a unit of time."),
        *estimate(
            "outflow",
            "gamma",
            "Photons that all sites beyond the bond lose in a unit of time: the same if steady.",
        ),
        *estimate("imbalance", "gamma", "photon_current minus outflow."),
        *estimate(
            "excess_energy_current",
            "gamma^2",
            "energy_current + Delta photon_current: energies counted from the resonators' frequency.",
            nullable=True,
        ),
        *estimate(
            "energy_current",
            "gamma^2",
            "Energy that passes the bond into all sites and bonds beyond it in a unit of time; empty at the last "
            "bond, beyond which there is no other.",
            nullable=True,
        ),
    ),
    key=(*_KEY, "site"),
    rules=(SITE_IN_CHAIN,),
)
