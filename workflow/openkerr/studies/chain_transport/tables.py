"""Schemas of the tables of transport along the chain."""

from __future__ import annotations

from openkerr.studies.chain_columns import DRIVE, LENGTH, SITE
from openkerr.tables.columns import Column, Rule, TableSchema, estimate

__all__ = [
    "CHAIN_CONDUCTIVITY",
    "CHAIN_GREEN_KUBO",
    "CHAIN_ROUGHENING",
    "CHAIN_ROUGHENING_EXPONENTS",
    "CHAIN_TRANSPORT",
    "CHAIN_TRANSPORT_BALANCE",
    "CHAIN_TRANSPORT_SCALING",
]

_METHOD = Column(
    "method",
    "text",
    "",
    "Truncated Wigner, or fluctuations of the resonant nonlinear wave to first order.",
    allowed=("twa", "linear"),
)
_CHAIN = (LENGTH, DRIVE, _METHOD)
_KEY = ("length", "drive_amplitude", "method")
_SITE = Column("site", "integer", "1", "Left site of a bond, counted from 1 at the driven end.", minimum=1)
_NO_STATE = "Empty where not told: between the bonds of the thermometer, and where no equilibrium lasts."

CHAIN_TRANSPORT = TableSchema(
    "chain_transport",
    "Currents through every bond, to the right, and the local equilibrium of the bulk's equation.",
    (
        *_CHAIN,
        _SITE,
        *estimate("photon_number", "1", "Photon number, mean of both sites of the bond."),
        *estimate("energy", "gamma", "Energy a site counted from the resonators' frequency, mean of both sites."),
        *estimate("g2", "1", "<a†²a²>/n², from means of both sites."),
        *estimate("photon_current", "gamma", "Photons that pass the bond in a unit of time."),
        *estimate(
            "energy_current",
            "gamma^2",
            "Energy, in the frame of the drive, that passes the bond in a unit of time; empty at the last bond.",
            nullable=True,
        ),
        *estimate(
            "excess_energy_current",
            "gamma^2",
            "energy_current + Delta photon_current: energies counted from the resonators' frequency.",
            nullable=True,
        ),
        *estimate(
            "heat_current",
            "gamma^2",
            f"excess_energy_current - mu photon_current. {_NO_STATE}",
            nullable=True,
        ),
        *estimate("entropy_current", "gamma", f"heat_current over T, finite at 1/T = 0. {_NO_STATE}", nullable=True),
        *estimate(
            "inverse_temperature",
            "1/gamma",
            f"1/T, of either sign, of the equilibrium with hopping that has this photon number and energy. {_NO_STATE}",
            nullable=True,
        ),
        *estimate("mu_over_t", "1", f"mu/T of this equilibrium. {_NO_STATE}", nullable=True),
        *estimate("temperature", "gamma", f"T. {_NO_STATE}", nullable=True),
        *estimate(
            "chemical_potential", "gamma", f"mu, counted from the resonators' frequency. {_NO_STATE}", nullable=True
        ),
        *estimate("entropy", "1", f"Entropy a site of this equilibrium. {_NO_STATE}", nullable=True),
        *estimate("g2_equilibrium", "1", f"g2 of this equilibrium, to be held against g2. {_NO_STATE}", nullable=True),
    ),
    key=(*_KEY, "site"),
    rules=(Rule("site must be less than length", lambda frame: frame["site"] < frame["length"]),),
)

CHAIN_TRANSPORT_BALANCE = TableSchema(
    "chain_transport_balance",
    "Currents of a chain as its output end tells them, and what the bonds and the driven end tell otherwise.",
    (
        *_CHAIN,
        *estimate("photon_current", "gamma", "gamma n_L."),
        *estimate("photon_bond_mismatch", "gamma", "Mean current of the inner bonds minus photon_current."),
        *estimate("photon_input_mismatch", "gamma", "-2F Im<a_1> - gamma n_1 minus photon_current."),
        *estimate("photon_gradient", "gamma", "Slope of the photon current over the inner bonds, a site."),
        *estimate("energy_current", "gamma^2", "Energy that the last site loses, in the frame of the drive."),
        *estimate("energy_bond_mismatch", "gamma^2", "Mean current of the inner bonds minus energy_current."),
        *estimate(
            "energy_input_mismatch", "gamma^2", "What drive and loss of the first site bring minus energy_current."
        ),
        *estimate("excess_energy_current", "gamma^2", "energy_current + Delta photon_current."),
        *estimate("photon_drop", "1", "Photon number of site 2 minus that of site L - 1."),
        Column(
            "stationarity",
            "number",
            "1",
            "Photon number of the last site in the second half of the window minus the first half, in standard errors; "
            "empty where nothing fluctuates.",
            nullable=True,
        ),
    ),
    key=_KEY,
    stationarity="stationarity",
)

CHAIN_TRANSPORT_SCALING = TableSchema(
    "chain_transport_scaling",
    "Powers of the length in windows of consecutive lengths.",
    (
        DRIVE,
        _METHOD,
        Column("quantity", "text", "", "Column of chain_transport_balance."),
        Column("length_min", "integer", "1", "Shortest chain of the window.", minimum=2),
        Column("length_max", "integer", "1", "Longest chain of the window.", minimum=2),
        Column("n_lengths", "integer", "1", "Chains in the window.", minimum=2),
        *estimate("exponent", "1", "Exponent of the length: 0 is ballistic, -1 diffusive between ends that are held."),
        Column("prefactor", "number", "1", "Value of the power law at one site, in the unit of the quantity.", above=0),
        Column(
            "chi_squared",
            "number",
            "1",
            "Sum of squared deviations over errors, for n_lengths - 2 degrees of freedom; empty for two lengths and "
            "without errors.",
            nullable=True,
            minimum=0.0,
        ),
    ),
    key=("drive_amplitude", "method", "quantity", "length_min", "length_max"),
)


_PARTS = {
    "photon_photon": ("gamma", "photons by the gradient of mu/T"),
    "photon_energy": ("gamma^2", "photons by the gradient of -1/T"),
    "energy_photon": ("gamma^2", "energy by the gradient of mu/T"),
    "energy_energy": ("gamma^3", "energy by the gradient of -1/T"),
}
_POINT = (LENGTH, DRIVE, _SITE)

CHAIN_GREEN_KUBO = TableSchema(
    "chain_green_kubo",
    "Running Green-Kubo integrals of the currents of closed rings in equilibrium.",
    (
        *_POINT,
        Column("time", "number", "1/gamma", "Time to which correlations are integrated.", above=0.0),
        *(
            column
            for name, (unit, text) in _PARTS.items()
            for column in estimate(name, unit, f"Integral that tends to the Onsager coefficient of {text}.")
        ),
    ),
    key=("length", "drive_amplitude", "site", "time"),
)

CHAIN_CONDUCTIVITY = TableSchema(
    "chain_conductivity",
    "Onsager matrix at the equilibrium state of bonds, from closed rings, and the currents that it predicts there.",
    (
        *_POINT,
        Column("inverse_temperature", "number", "1/gamma", "1/T of the rings, the local equilibrium of the bond."),
        Column("mu_over_t", "number", "1", "mu/T of the rings."),
        Column(
            "photon_number", "number", "1", "Photon number of the bond, and of this state by the transfer integral."
        ),
        Column("energy", "number", "gamma", "Energy a site of the bond, and of this state."),
        *estimate("ring_photon_number", "1", "Photon number of the sampled rings, a site."),
        *estimate("ring_energy", "gamma", "Energy of the sampled rings, a site."),
        *(
            column
            for name, (unit, text) in _PARTS.items()
            for column in (
                *estimate(name, unit, f"Onsager coefficient of {text}."),
                Column(
                    f"{name}_systematic",
                    "number",
                    unit,
                    "Its change from half of the lag time on: what of the integral may be missing.",
                    minimum=0.0,
                ),
            )
        ),
        *estimate("asymmetry", "gamma^2", "photon_energy minus energy_photon: zero by reversal of time."),
        Column("slow_diffusivity", "number", "gamma", "Lesser eigenvalue of the matrix of diffusion, in sites."),
        Column("fast_diffusivity", "number", "gamma", "Greater eigenvalue of the matrix of diffusion, in sites."),
        *estimate("mu_over_t_gradient", "1", "Gradient of mu/T along the chain, a site."),
        *estimate("minus_beta_gradient", "1/gamma", "Gradient of -1/T along the chain, a site."),
        *(
            column
            for name, unit, of in (
                ("photon", "gamma", "photon_current"),
                ("energy", "gamma^2", "excess_energy_current"),
            )
            for column in (
                *estimate(f"predicted_{name}_current", unit, "Current by these gradients and the Onsager matrix."),
                Column(
                    f"predicted_{name}_current_systematic",
                    "number",
                    unit,
                    "Its change from half of the lag time on.",
                    minimum=0.0,
                ),
                *estimate(of, unit, "Current through the same bonds of the chain."),
            )
        ),
    ),
    key=("length", "drive_amplitude", "site"),
)


CHAIN_ROUGHENING = TableSchema(
    "chain_roughening",
    "Structure function of the phase in the resonant nonlinear wave.",
    (
        *_CHAIN,
        SITE,
        Column("time", "number", "1/gamma", "Lag t.", above=0.0),
        *estimate("phase_structure", "rad^2", "<[theta(t0 + t) - theta(t0)]^2>."),
    ),
    key=(*_KEY, "site", "time"),
)

CHAIN_ROUGHENING_EXPONENTS = TableSchema(
    "chain_roughening_exponents",
    "Growth exponents of the phase in the resonant nonlinear wave.",
    (
        *_CHAIN,
        SITE,
        Column("time_min", "number", "1/gamma", "First time of the fit.", above=0.0),
        Column("time_max", "number", "1/gamma", "Last time of the fit.", above=0.0),
        *estimate(
            "exponent",
            "1",
            "beta of phase_structure ~ time^(2 beta): 1/3 in the class of Kardar, Parisi and Zhang, 1/2 for free "
            "diffusion.",
        ),
    ),
    key=(*_KEY, "site", "time_min", "time_max"),
)
