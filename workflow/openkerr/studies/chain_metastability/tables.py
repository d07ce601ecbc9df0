"""Schemas of the tables of the onset and metastability of the chain's resonant nonlinear wave."""

from __future__ import annotations

from openkerr.studies.chain_columns import DRIVE, LENGTH, SITE
from openkerr.tables.columns import Column, Rule, TableSchema, estimate

__all__ = [
    "CHAIN_CRITICAL_LENGTH",
    "CHAIN_EQUAL_RATES",
    "CHAIN_METASTABILITY",
    "CHAIN_ONSET_TIMES",
    "CHAIN_RATES",
    "CHAIN_RATE_SCALING",
    "CHAIN_RATE_THRESHOLDS",
    "CHAIN_SPLITTING",
    "CHAIN_THERMAL_BATHS",
    "CHAIN_WAVE_FRONTS",
    "CHAIN_WAVE_WEIGHT",
]

_START = (
    Column("noise", "text", "", "Noise of the baths, or none in the same equation.", allowed=("quantum", "none")),
    Column(
        "start",
        "text",
        "",
        "Sampled vacuum, fields at rest at zero, or a coherent state at the wave of Newton's method.",
        allowed=("vacuum", "rest", "rnw"),
    ),
)
_DIRECTION = Column("direction", "text", "", "To the wave, or away from it.", allowed=("arrival", "escape"))

CHAIN_METASTABILITY = TableSchema(
    "chain_metastability",
    "Whether and when ensembles reach the resonant nonlinear wave.",
    (
        LENGTH,
        DRIVE,
        *_START,
        *estimate(
            "t_rnw",
            "1/gamma",
            "Time from which the mean photon number of the last site stays within a band about the wave's; empty where "
            "it is not there at the end.",
            nullable=True,
            minimum=0.0,
        ),
        *estimate(
            "t_passage",
            "1/gamma",
            "Median time of first arrival of single trajectories; empty where too few arrive.",
            nullable=True,
            minimum=0.0,
        ),
        *estimate("reached_fraction", "1", "Share that has arrived by the end.", minimum=0.0, maximum=1.0),
        *estimate("wave_fraction", "1", "Share within the wave's band at the end.", minimum=0.0, maximum=1.0),
        *estimate("photon_number_last", "1", "Mean photon number of the last site at the end of the run."),
        Column("wave_photon_number", "number", "1", "That of the wave, with noise to first order.", minimum=0.0),
        Column("final_time", "number", "1/gamma", "Time at which the run ends.", above=0.0),
        Column("n_trajectories", "integer", "1", "Number of trajectories.", minimum=1),
    ),
    key=("length", "drive_amplitude", "noise", "start"),
)  # fmt: skip

CHAIN_RATES = TableSchema(
    "chain_rates",
    "Rates of arrival at the wave and of escape from it.",
    (
        LENGTH,
        DRIVE,
        *_START,
        _DIRECTION,
        Column("method", "text", "", "Direct sampling, or splitting.", allowed=("direct", "splitting")),
        Column(
            "order_parameter", "text", "", "Sites whose photon number is looked at.",
            allowed=("middle", "last", "chain", "driven_half"),
        ),
        *estimate(
            "rate",
            "gamma",
            "Rate; empty without an event, where survival is not exponential, or not slow against relaxation.",
            nullable=True,
            minimum=0.0,
        ),
        Column(
            "rate_limit", "number", "gamma",
            "Rate at which so few events come with probability 5 %; empty where too_fast.", nullable=True, minimum=0.0,
        ),
        Column("n_events", "integer", "1", "Passages that were seen.", minimum=0),
        Column("observed_time", "number", "1/gamma", "Time watched before passing.", minimum=0.0),
        Column("relaxation_time", "number", "1/gamma", "Time before passages count.", minimum=0.0),
        Column(
            "p_value", "number", "1",
            "Probability of passages as unevenly spread under a constant hazard; empty without any.",
            nullable=True, minimum=0.0, maximum=1.0,
        ),
        Column("too_fast", "integer", "1", "1 where the rate is not slow against relaxation.", allowed=(0, 1)),
    ),
    key=("length", "drive_amplitude", "noise", "start", "method", "order_parameter"),
    rules=(
        Rule(
            "without an event there is no rate",
            lambda frame: (frame["n_events"] > 0) | frame["rate"].isna(),
        ),
    ),
)  # fmt: skip

CHAIN_RATE_THRESHOLDS = TableSchema(
    "chain_rate_thresholds",
    "Rates by other thresholds of what counts as the wave, and after longer relaxation.",
    (
        LENGTH,
        DRIVE,
        *_START,
        _DIRECTION,
        Column("running_windows", "integer", "1", "Windows of the running mean.", minimum=1),
        Column("wave_band", "number", "1", "Half width of the wave's band.", above=0.0),
        Column("left_share", "number", "1", "Share of the wave's photon number below which it is left.", above=0.0),
        Column("relaxation_time", "number", "1/gamma", "Time before passages count.", minimum=0.0),
        *estimate("rate", "gamma", "Rate, as in chain_rates.", nullable=True, minimum=0.0),
        Column("n_events", "integer", "1", "Passages that were seen.", minimum=0),
    ),
    key=(
        "length", "drive_amplitude", "noise", "start", "running_windows", "wave_band", "left_share", "relaxation_time",
    ),
)  # fmt: skip

CHAIN_SPLITTING = TableSchema(
    "chain_splitting",
    "Rates of rare passages by forward flux sampling, and what they cost.",
    (
        LENGTH,
        DRIVE,
        _DIRECTION,
        Column(
            "order_parameter", "text", "", "Sites whose photon number is the coordinate.",
            allowed=("chain", "driven_half"),
        ),
        Column("n_trials", "integer", "1", "Trials of a stage.", minimum=1),
        *estimate("rate", "gamma", "Mean of the populations; error from their scatter.", minimum=0.0),
        *estimate("direct_rate", "gamma", "Rate by direct sampling.", nullable=True, minimum=0.0),
        Column("flux", "number", "gamma", "Flux through the first interface.", minimum=0.0),
        Column("n_interfaces", "integer", "1", "Interfaces.", minimum=2),
        Column(
            "least_probability", "number", "1", "Least share of trials that reach the next interface.", minimum=0.0,
            maximum=1.0,
        ),
        Column("n_reached", "integer", "1", "Trials that reached the last interface, of all populations.", minimum=0),
        Column("n_populations", "integer", "1", "Populations.", minimum=2),
        Column("simulated_time", "number", "1/gamma", "Time of all trajectories of the populations.", above=0.0),
        Column(
            "direct_time", "number", "1/gamma", "Time in which direct sampling has the same relative error.",
            nullable=True, minimum=0.0,
        ),
        Column("gain", "number", "1", "direct_time over simulated_time.", nullable=True, minimum=0.0),
    ),
    key=("length", "drive_amplitude", "direction", "order_parameter", "n_trials"),
)  # fmt: skip

CHAIN_WAVE_WEIGHT = TableSchema(
    "chain_wave_weight",
    "Weight of the wave in the steady state, from both rates.",
    (
        LENGTH,
        DRIVE,
        Column(
            "bound", "text", "", "Both rates measured, or one bounded: then so is the ratio.",
            allowed=("measured", "at_least", "at_most"),
        ),
        *estimate("log_ratio", "1", "ln of arrival over escape; bounds have no error.", nullable=True),
        *estimate("wave_weight", "1", "Arrival over the sum of both rates.", nullable=True, minimum=0.0, maximum=1.0),
    ),
    key=("length", "drive_amplitude"),
)  # fmt: skip

CHAIN_EQUAL_RATES = TableSchema(
    "chain_equal_rates",
    "Drive at which arrival and escape are equally fast.",
    (LENGTH, *estimate("drive_amplitude", "gamma", "Amplitude F of the drive.", minimum=0.0)),
    key=("length",),
)

CHAIN_CRITICAL_LENGTH = TableSchema(
    "chain_critical_length",
    "Length at which half of the trajectories from the vacuum have reached the wave by a time.",
    (
        DRIVE,
        Column("time", "number", "1/gamma", "Time.", above=0.0),
        *estimate("length", "sites", "Critical length; empty where the lengths do not bracket it.", nullable=True),
        Column("length_systematic", "number", "sites", "Error of the interpolation.", nullable=True, minimum=0.0),
        Column("length_below", "integer", "sites", "Neighbouring length that half reach.", nullable=True, minimum=2),
        Column("length_above", "integer", "sites", "Neighbouring length that half do not.", nullable=True, minimum=2),
        Column("length_min", "integer", "sites", "Least length at this drive and time.", minimum=2),
        Column("length_max", "integer", "sites", "Greatest length.", minimum=2),
    ),
    key=("drive_amplitude", "time"),
)

CHAIN_RATE_SCALING = TableSchema(
    "chain_rate_scaling",
    "Rates against the length: ln(rate/gamma) = intercept + slope length.",
    (
        DRIVE,
        _DIRECTION,
        *estimate("slope", "1/sites", "Change of ln rate with the length."),
        *estimate("intercept", "1", "ln rate at length zero."),
        Column("chi_squared", "number", "1", "Sum of squared residuals over their variances.", minimum=0.0),
        Column("degrees_of_freedom", "integer", "1", "Of chi_squared.", minimum=1),
        Column("p_value", "number", "1", "Probability of chi_squared or more.", minimum=0.0, maximum=1.0),
        Column("length_min", "integer", "sites", "Least length.", minimum=2),
        Column("length_max", "integer", "sites", "Greatest length.", minimum=2),
    ),
    key=("drive_amplitude", "direction"),
)

CHAIN_ONSET_TIMES = TableSchema(
    "chain_onset_times",
    "Onset of the wave from the vacuum, site by site: when photons are there, and when the phase is.",
    (
        LENGTH,
        DRIVE,
        SITE,
        *estimate(
            "rise_time",
            "1/gamma",
            "Time at which the mean photon number first reaches half of the wave's; empty where it has it from the "
            "first window on, or never.",
            nullable=True,
        ),
        *estimate(
            "phase_time",
            "1/gamma",
            "Time at which |<exp(i theta)>| passes 1/2 for the last time; empty where it is above it throughout, or "
            "below it at the end.",
            nullable=True,
        ),
        *estimate("coherence_at_rise", "1", "|<exp(i theta)>| at the first of these times.", nullable=True),
    ),
    key=("length", "drive_amplitude", "site"),
)

_OCCUPATION = Column(
    "thermal_occupation", "number", "photons", "Occupation n_th of the baths at the lossy sites.", minimum=0.0
)

CHAIN_WAVE_FRONTS = TableSchema(
    "chain_wave_fronts",
    "Fronts of single passages along the chain, timed by the agitation of the sites.",
    (
        LENGTH,
        DRIVE,
        _OCCUPATION,
        _DIRECTION,
        Column(
            "level", "number", "1", "Relative variance of the intensity at which a site counts as passed.", above=0.0
        ),
        Column("n_events", "integer", "1", "Passages.", minimum=2),
        *estimate("delay_per_site", "1/gamma", "Delay from site to site; positive where the driven end is first."),
        *estimate(
            "velocity", "sites gamma", "Inverse of the delay; empty within two standard errors of no delay.",
            nullable=True,
        ),
        *estimate("driven_first", "1", "Share of passages with a positive delay.", minimum=0.0, maximum=1.0),
    ),
    key=("length", "drive_amplitude", "thermal_occupation", "direction", "level"),
)  # fmt: skip

CHAIN_THERMAL_BATHS = TableSchema(
    "chain_thermal_baths",
    "The chain between baths of a temperature: photons of the last site, and rates of passages.",
    (
        LENGTH,
        DRIVE,
        _OCCUPATION,
        Column("start", "text", "", "Sampled vacuum, or a coherent state on the wave.", allowed=("vacuum", "rnw")),
        _DIRECTION,
        *estimate("photon_number", "1", "Photon number of the last site after the time of relaxation."),
        *estimate("g2", "1", "Its <a†²a²>/n²."),
        *estimate("circular_variance", "1", "Its 1 - |<exp(i theta)>|."),
        Column("wave_photon_number", "number", "1", "That of the wave in linear theory.", nullable=True),
        Column("wave_circular_variance", "number", "1", "That of the wave in linear theory.", nullable=True),
        *estimate("rate", "gamma", "Rate of passages, as in chain_rates.", nullable=True, minimum=0.0),
        Column(
            "rate_limit", "number", "gamma",
            "Rate at which so few events come with probability 5 %; empty where it is too fast.", nullable=True,
            minimum=0.0,
        ),
        Column("n_events", "integer", "1", "Passages after the time of relaxation.", minimum=0),
        Column("final_time", "number", "1/gamma", "Time at which the run ends.", above=0.0),
        Column("n_trajectories", "integer", "1", "Number of trajectories.", minimum=1),
    ),
    key=("length", "drive_amplitude", "thermal_occupation", "start"),
)  # fmt: skip
