"""Schemas of the tables of the chain's resonant nonlinear wave."""

from __future__ import annotations

from openkerr.studies.chain_columns import DRIVE, LENGTH, SITE
from openkerr.studies.columns import step_effect
from openkerr.tables.columns import Column, TableSchema, estimate

__all__ = ["CHAIN_CIRCUIT", "CHAIN_PARAMETERS", "CHAIN_RNW_BRANCH", "CHAIN_RNW_CONTINUATION", "CHAIN_RNW_PROFILES"]

_FOLD = Column("fold", "integer", "1", "1 where the branch turns around, else 0.", allowed=(0, 1))

CHAIN_RNW_BRANCH = TableSchema(
    "chain_rnw_branch",
    "The resonant nonlinear wave over drive and length: stationary states, and ensembles.",
    (
        DRIVE,
        LENGTH,
        Column(
            "method",
            "text",
            "",
            "newton: field at rest of the Gross-Pitaevskii equation, its fluctuations linear; or an ensemble.",
            allowed=("newton", "gpe", "twa"),
        ),
        *estimate("photon_number_bulk", "1", "Mean photon number of the middle half of the chain."),
        step_effect("photon_number_bulk", "1"),
        *estimate("photon_number_last", "1", "Photon number of the last site."),
        step_effect("photon_number_last", "1"),
        *estimate("photon_number_first", "1", "Photon number of the driven site."),
        step_effect("photon_number_first", "1"),
        Column("photon_number_spread", "number", "1", "Greatest minus least photon number in the bulk.", minimum=0.0),
        *estimate("wavenumber", "1/site", "Mean phase difference of neighbours in the bulk.", nullable=True),
        step_effect("wavenumber", "1/site"),
        *estimate("wavelength", "sites", "2 pi over the wavenumber.", nullable=True),
        step_effect("wavelength", "sites"),
        _FOLD,
        Column(
            "stable",
            "integer",
            "1",
            "1 where small deviations decay, else 0; empty for ensembles.",
            nullable=True,
            allowed=(0, 1),
        ),
        Column("growth_rate", "number", "gamma", "Largest growth rate of a small deviation.", nullable=True),
        Column("n_unstable", "integer", "1", "Number of directions that grow.", nullable=True, minimum=0),
        *estimate("number_fluctuation_bulk", "1", "Mean delta n of the bulk.", nullable=True),
        step_effect("number_fluctuation_bulk", "1"),
        *estimate("number_fluctuation_last", "1", "delta n of the last site.", nullable=True),
        step_effect("number_fluctuation_last", "1"),
        *estimate("circular_variance_last", "1", "1 - |<exp(i theta)>| of the last site.", nullable=True),
        step_effect("circular_variance_last", "1"),
        *estimate(
            "field_decay", "1", "Share of |<a>| that is lost from one end of the bulk to the other.", nullable=True
        ),
        step_effect("field_decay", "1"),
        Column(
            "stationarity",
            "number",
            "1",
            "Greatest of the sites' differences between the halves of the window, in standard errors.",
            nullable=True,
            minimum=0.0,
        ),
        Column("n_trajectories", "integer", "1", "Trajectories of an ensemble.", nullable=True, minimum=1),
    ),
    key=("method", "length", "drive_amplitude", "fold"),
    stationarity="stationarity",
)

CHAIN_RNW_CONTINUATION = TableSchema(
    "chain_rnw_continuation",
    "The branch of the wave followed in the drive, down to its fold and back on the other side.",
    (
        LENGTH,
        Column("index", "integer", "1", "Place along the branch.", minimum=0),
        DRIVE,
        Column("side", "text", "", "Before the fold, or behind it.", allowed=("wave", "saddle")),
        _FOLD,
        Column("photon_number_first", "number", "1", "|alpha|^2 of the driven site.", minimum=0.0),
        Column("photon_number_last", "number", "1", "|alpha|^2 of the last site.", minimum=0.0),
        Column("growth_rate", "number", "gamma", "Largest growth rate of a small deviation."),
        Column("n_unstable", "integer", "1", "Number of directions that grow.", minimum=0),
    ),
    key=("length", "index"),
)

CHAIN_RNW_PROFILES = TableSchema(
    "chain_rnw_profiles",
    "The wave site by site: the field at rest, and means and fluctuations in linear theory.",
    (
        LENGTH,
        DRIVE,
        SITE,
        Column("photon_number_classical", "number", "1", "|alpha|^2 of the field at rest.", minimum=0.0),
        Column("mean_phase_classical", "number", "rad", "Phase of the field at rest."),
        Column("photon_number", "number", "1", "Photon number to first order in the noise."),
        Column("number_fluctuation", "number", "1", "delta n = <n^2> - <n>^2 - <n> in linear theory."),
        Column("mandel_q", "number", "1", "delta n / n."),
        Column(
            "photon_number_mirrored",
            "number",
            "1",
            "Photon number of the chain with detuning, hopping and Kerr nonlinearity of the other sign.",
        ),
        Column("number_fluctuation_mirrored", "number", "1", "delta n of that chain."),
        Column("phase_variance", "number", "rad^2", "Variance of the phase.", minimum=0.0),
        Column("circular_variance", "number", "1", "1 - |<exp(i theta)>|.", minimum=0.0, maximum=1.0),
        Column("mean_phase", "number", "rad", "Mean phase to first order in the noise."),
        Column("field_real", "number", "1", "Real part of <a>."),
        Column("field_imag", "number", "1", "Imaginary part of <a>."),
        Column("center", "integer", "1", "Site about which g1 is taken.", minimum=1),
        Column("g1", "number", "1", "|<a_center† a>|/sqrt(n_center n).", minimum=0.0),
    ),
    key=("length", "drive_amplitude", "site"),
)

CHAIN_CIRCUIT = TableSchema(
    "chain_circuit",
    "The chain in units of a circuit of microwave resonators: what its rates ask for.",
    (
        Column(
            "name",
            "text",
            "",
            "Rates and frequencies over 2 pi: gamma, Delta, J, U, F, Delta + 2 J, kappa; intrinsic_loss is kappa in "
            "units of gamma, time 1/gamma, rate_over_frequency the largest rate over the resonators' frequency.",
            allowed=(
                "loss_rate", "detuning", "hopping", "kerr", "drive_amplitude", "largest_shift", "intrinsic_loss_rate",
                "intrinsic_loss", "time", "drive_power", "rate_over_frequency",
            ),
        ),
        Column("value", "number", "as stated", "Its value."),
        Column("unit", "text", "", "Unit of the value.", allowed=("MHz", "gamma", "us", "dBm", "1")),
    ),
    key=("name",),
)  # fmt: skip

CHAIN_PARAMETERS = TableSchema(
    "chain_parameters",
    "Parameters of the chain that all scans share.",
    (
        Column("parameter", "text", "", "Name of the parameter."),
        Column("value", "number", "gamma", "Value."),
    ),
    key=("parameter",),
)
