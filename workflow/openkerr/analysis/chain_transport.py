"""Currents along chains of growing length: heat, exact balances at the ends, and powers of the length."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from openkerr.analysis.chain_currents import end_currents, energy_current, photon_current, site_energies
from openkerr.analysis.schroedinger_equilibrium import (
    Equilibrium,
    NoEquilibriumError,
    find_equilibrium,
    responses,
)
from openkerr.numerics.stats import batch_mean

__all__ = [
    "ChainMeans",
    "balance_table",
    "chains_of_series",
    "local_equilibria",
    "scaling_table",
    "transport_table",
]

ORDERING = 0.5
"""Shift of |alpha|² from the photon number: symmetric ordering."""

SMALLEST_CHAIN = 20
"""Sites below which a chain is all ends, and is left out of power laws."""


@dataclass(frozen=True)
class ChainMeans:
    """Means of one chain over the lanes of a batch and the window.

    Attributes
    ----------
    means : dict of arrays (n_batches, length)
        Quantities by their names, see `openkerr.studies.chain_transport.quantities.QUANTITIES`.
    weights : (n_batches,)
        Trajectories of each batch.
    parameters : mapping
        Parameters of the chain, and ``method``: ``twa``, or ``linear`` for the fluctuations of the wave to first order.
    drift : (n_batches,)
        Photons of the last site in the second half of the window minus those in the first half.
    """

    means: Mapping[str, np.ndarray]
    weights: np.ndarray
    parameters: Mapping[str, Any]
    drift: np.ndarray

    @property
    def length(self) -> int:
        """Number of sites."""
        return self.means["abs2"].shape[1]

    @property
    def labels(self) -> dict[str, Any]:
        """Columns that name the chain in every table."""
        return {
            "length": self.length,
            "drive_amplitude": self.parameters["drive_amplitude"],
            "method": self.parameters["method"],
        }

    def estimate(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard error of batch means; linear theory has no error."""
        if self.parameters["method"] == "linear":
            return values[0], np.zeros_like(values[0])
        return batch_mean(values, self.weights)

    def photon_currents(self) -> np.ndarray:
        """Photon currents through all bonds, (n_batches, length - 1)."""
        return photon_current(self.means["near_im"][:, :-1], self.parameters["hopping"])

    def energy_currents(self, detuning: float) -> np.ndarray:
        """Energy currents through the bonds but the last, (n_batches, length - 2); without detuning the excess."""
        near, dense, following = (self.means[name][:, :-2] for name in ("near_im", "dense_im", "next_im"))
        hopping, kerr = self.parameters["hopping"], self.parameters["kerr"]
        return energy_current(near, dense, following, hopping, detuning, kerr, 2.0 * ORDERING)

    def bond_densities(self) -> np.ndarray:
        """Photon number, energy and <|alpha|⁴>, means of both ends of each bond: (n_batches, length - 1, 3)."""
        abs2, abs4 = self.means["abs2"], self.means["abs4"]
        hopping, kerr = self.parameters["hopping"], self.parameters["kerr"]
        energies = site_energies(abs2, abs4, self.means["near_re"][:, :-1], hopping, kerr, ORDERING)
        sites = np.stack([abs2 - ORDERING, energies, abs4], axis=-1)
        return 0.5 * (sites[:, :-1] + sites[:, 1:])

    def ends(self) -> dict[str, np.ndarray]:
        """Currents that the ends tell, (n_batches,) each."""
        p, last = self.parameters, [0, self.length - 1]
        loss = p["loss_rate"] + p["intrinsic_loss_rate"]
        occupation = p["loss_rate"] * p["thermal_occupation"] / loss if loss > 0 else 0.0
        field = self.means["re_a"][:, last] + 1j * self.means["im_a"][:, last]
        near = self.means["near_re"][:, [0, self.length - 2]]
        return end_currents(
            field, self.means["abs2"][:, last], self.means["abs4"][:, last], near, hopping=p["hopping"],
            detuning=p["detuning"], kerr=p["kerr"], ordering=ORDERING, drive=p["drive_amplitude"], losses=(loss, loss),
            occupation=occupation,
        )  # fmt: skip


def chains_of_series(data: xr.Dataset) -> Iterator[ChainMeans]:
    """Chains of one series, its jobs joined, see `openkerr.studies.chain_transport.raw.series_dataset`."""
    names = ("drive_amplitude", "hopping", "detuning", "kerr", "loss_rate", "intrinsic_loss_rate", "thermal_occupation")
    parameters = {name: data[name].item() for name in names} | {"method": "twa"}
    for length in np.unique(data["row_length"].values):
        rows = np.flatnonzero(data["row_length"].values == length)
        samples = data["row_samples"].values[:, rows[0]]
        means = np.average(data["means"].values[:, :, rows], axis=1, weights=samples)
        quantities = {name: means[..., index] for index, name in enumerate(data["quantity"].values)}
        last = data["means"].sel(quantity="abs2").values[:, :, rows[-1]]
        half = len(samples) // 2
        early, late = (
            np.average(last[:, part], axis=1, weights=samples[part]) for part in (slice(half), slice(half, None))
        )
        yield ChainMeans(quantities, data["n_valid"].values, parameters, late - early)


# ---------------------------------------------------------------------------------------------- local equilibrium


@dataclass(frozen=True)
class LocalEquilibrium:
    """Equilibrium of the discrete nonlinear Schrödinger equation that has the density and energy of a bond.

    ``slopes`` (3, 2) are its `responses`.
    """

    bond: int
    state: Equilibrium
    slopes: np.ndarray


def local_equilibria(chain: ChainMeans, bonds: Sequence[int]) -> list[LocalEquilibrium]:
    """Equilibria at those of some bonds, counted by their left site from 1, where there is one that lasts."""
    hopping, kerr = chain.parameters["hopping"], chain.parameters["kerr"]
    density = chain.estimate(chain.bond_densities())[0]
    found: list[LocalEquilibrium] = []
    for bond in bonds:
        number, energy = density[bond - 1, :2]
        # The neighbour's state is near; without one, or where that leads astray, infinite temperature is the start.
        guesses = [found[-1].state, None] if found else [None]
        for guess in guesses:
            try:
                state = find_equilibrium(number, energy, hopping, kerr, guess)
            except NoEquilibriumError:
                continue
            found.append(LocalEquilibrium(bond, state, responses(state, hopping, kerr)))
            break
    return found


def thermometer_bonds(length: int, spacing: int) -> list[int]:
    """Bonds at which temperatures are told: the inner ones, whose sites have both neighbours, every so many."""
    return list(range(2, length - 1, spacing))


def transport_table(chain: ChainMeans, spacing: int) -> pd.DataFrame:
    """Currents and local equilibrium of every bond; columns of table ``chain_transport``.

    In Gibbs states exp(-(h - mu n)/T), with h counted from the resonators' frequency, the heat current is
    j_Q = j_E + Delta j_n - mu j_n, and the entropy current j_Q/T.
    """
    length, detuning = chain.length, chain.parameters["detuning"]
    frame = pd.DataFrame({**chain.labels, "site": np.arange(1, length)})
    density, photons = chain.bond_densities(), chain.photon_currents()
    excess = np.pad(chain.energy_currents(0.0), ((0, 0), (0, 1)), constant_values=np.nan)
    number, quartic = density[..., 0], density[..., 2]
    columns = {
        "photon_number": chain.estimate(number),
        "energy": chain.estimate(density[..., 1]),
        "g2": _ratio(chain, quartic - 2.0 * (number + ORDERING) + 0.5, number),
        "photon_current": chain.estimate(photons),
        "energy_current": chain.estimate(excess - detuning * photons),
        "excess_energy_current": chain.estimate(excess),
    }
    for name, estimated in columns.items():
        frame[name], frame[f"{name}_stderr"] = estimated
    for name in _LOCAL:
        frame[name] = frame[f"{name}_stderr"] = np.nan
    if chain.parameters["method"] == "linear":
        return frame
    for local in local_equilibria(chain, thermometer_bonds(length, spacing)):
        index = local.bond - 1
        for name, (value, error) in _local_estimates(chain, local, photons[:, index], excess[:, index]).items():
            frame.loc[index, name], frame.loc[index, f"{name}_stderr"] = value, error
    return frame


_LOCAL = (
    "inverse_temperature",
    "mu_over_t",
    "temperature",
    "chemical_potential",
    "entropy",
    "g2_equilibrium",
    "heat_current",
    "entropy_current",
)


def _ratio(chain: ChainMeans, correlation: np.ndarray, number: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """<a†²a²> over the square of the photon number, its error to first order."""
    top, bottom = (chain.estimate(values)[0] for values in (correlation, number))
    value = top / bottom**2
    slopes = (correlation - top) / bottom**2 - 2.0 * value * (number - bottom) / bottom
    return value, chain.estimate(slopes)[1]


def _local_estimates(
    chain: ChainMeans, local: LocalEquilibrium, photons: np.ndarray, excess: np.ndarray
) -> dict[str, tuple[float, float]]:
    """Values of the local equilibrium and of the currents of heat and entropy, errors to first order in the batches."""
    state, index = local.state, local.bond - 1
    deviation = chain.bond_densities()[:, index, :2] - [state.photon_number, state.energy]
    nu, minus_beta = np.linalg.solve(local.slopes[:2], deviation.T)
    beta = -minus_beta
    j, e = photons - np.average(photons, weights=chain.weights), excess - np.average(excess, weights=chain.weights)
    flow, energy = (np.average(values, weights=chain.weights) for values in (photons, excess))
    mu, number = state.nu / state.beta, state.photon_number
    mu_shift = (nu - mu * beta) / state.beta
    quartic = local.slopes[2] @ np.stack([nu, minus_beta])
    g2 = (state.quartic - 2.0 * (number + ORDERING) + 0.5) / number**2
    g2_shift = (quartic - 2.0 * deviation[:, 0]) / number**2 - 2.0 * g2 * deviation[:, 0] / number
    changes = {
        "inverse_temperature": (state.beta, beta),
        "mu_over_t": (state.nu, nu),
        "temperature": (1.0 / state.beta, -beta / state.beta**2),
        "chemical_potential": (mu, mu_shift),
        "entropy": (state.entropy, state.beta * deviation[:, 1] - state.nu * deviation[:, 0]),
        "g2_equilibrium": (g2, g2_shift),
        "heat_current": (energy - mu * flow, e - mu * j - mu_shift * flow),
        "entropy_current": (
            state.beta * energy - state.nu * flow,
            state.beta * e - state.nu * j + beta * energy - nu * flow,
        ),
    }
    return {name: (float(value), float(chain.estimate(shift)[1])) for name, (value, shift) in changes.items()}


# ---------------------------------------------------------------------------------------------- balances and powers


def balance_table(chain: ChainMeans) -> pd.DataFrame:
    """Currents of a chain as its bonds and its ends tell them; one row of table ``chain_transport_balance``.

    Bonds are averaged but for a tenth of the chain at either end: neighbours differ by the splitting of the step.
    Mismatches are those of the same batches.
    """
    detuning, margin = chain.parameters["detuning"], max(chain.length // 10, 1)
    inside = slice(margin, chain.length - 1 - margin)
    ends = chain.ends()
    bonds = {
        "photon": chain.photon_currents()[:, inside].mean(axis=1),
        "energy": chain.energy_currents(detuning)[:, inside].mean(axis=1),
    }
    columns = {}
    for name, through in bonds.items():
        columns[f"{name}_current"] = ends[f"{name}_output"]
        columns[f"{name}_bond_mismatch"] = through - ends[f"{name}_output"]
        columns[f"{name}_input_mismatch"] = ends[f"{name}_input"] - ends[f"{name}_output"]
    columns["excess_energy_current"] = ends["energy_output"] + detuning * ends["photon_output"]
    sites = np.arange(chain.photon_currents()[:, inside].shape[1])
    centred = sites - sites.mean()
    slope = chain.photon_currents()[:, inside] @ centred / max(float(centred @ centred), 1.0)
    columns["photon_gradient"] = slope
    drift, error = chain.estimate(chain.drift)
    first, last = chain.means["abs2"][:, 1] - ORDERING, chain.means["abs2"][:, -2] - ORDERING
    columns["photon_drop"] = first - last
    row: dict[str, Any] = dict(chain.labels)
    for name, values in columns.items():
        row[name], row[f"{name}_stderr"] = (float(value) for value in chain.estimate(values))
    row["stationarity"] = float(drift / error) if error > 0 else np.nan
    return pd.DataFrame([row])


POWERS = ("photon_current", "excess_energy_current", "photon_drop")
"""Columns of the balances that are held against powers of the length."""


def scaling_table(balance: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Powers of the length in all windows of consecutive lengths; columns of table ``chain_transport_scaling``.

    quantity = prefactor L^exponent, by weighted least squares of the logarithms; chi² tells whether one power holds.
    Exact values, of linear theory, have equal weights and no error.
    """
    rows = []
    for (drive, method), found in balance[balance["length"] >= SMALLEST_CHAIN].groupby(["drive_amplitude", "method"]):
        found = found.sort_values("length")
        for quantity in POWERS:
            value, error = found[quantity].to_numpy(), found[f"{quantity}_stderr"].to_numpy()
            lengths = found["length"].to_numpy()
            for first in range(len(found)):
                for last in range(first + 2, len(found) + 1):
                    window = slice(first, last)
                    if (value[window] > 0).all():
                        rows.append(
                            {
                                "drive_amplitude": drive,
                                "method": method,
                                "quantity": quantity,
                                "length_min": lengths[first],
                                "length_max": lengths[last - 1],
                                **_power(lengths[window], value[window], error[window]),
                            }
                        )
    return pd.DataFrame(rows, columns=list(columns))


def _power(lengths: np.ndarray, values: np.ndarray, errors: np.ndarray) -> dict[str, Any]:
    x, y = np.log(lengths), np.log(values)
    exact = not (errors > 0).all()
    spread = np.ones_like(x) if exact else errors / values
    design = np.stack([x, np.ones_like(x)], axis=1) / spread[:, None]
    covariance = np.linalg.inv(design.T @ design)
    exponent, constant = covariance @ design.T @ (y / spread)
    rest = float(np.sum(((y - exponent * x - constant) / spread) ** 2))
    return {
        "n_lengths": len(x),
        "exponent": exponent,
        "exponent_stderr": 0.0 if exact else float(np.sqrt(covariance[0, 0])),
        "prefactor": float(np.exp(constant)),
        "chi_squared": np.nan if exact or len(x) == 2 else rest,
    }
