"""Steady state of a chain site by site: photon statistics, phases, coherences and currents, with errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from openkerr.analysis.chain_currents import energy_current, photon_current
from openkerr.analysis.chain_doubts import doubts
from openkerr.analysis.photon_statistics import photon_statistics, stationarity
from openkerr.numerics.stats import batch_mean, jackknife

RESOLVED = 3.0
"""Standard errors by which the mean of exp(i theta) must differ from zero for its argument to be told."""


@dataclass(frozen=True)
class ChainEnsemble:
    """An ensemble of one chain, its jobs joined.

    Attributes
    ----------
    data : xarray.Dataset
        Partial sums of all batches, and by scalar coordinates the chain, the method, its times and the square of the
        histograms, see `openkerr.studies.chain_ensembles.raw.chain_dataset`.
    """

    data: xr.Dataset

    def __getitem__(self, name: str) -> Any:
        """A parameter of the chain or of the case: number or text of a scalar coordinate."""
        return self.data[name].item()

    @property
    def weights(self) -> np.ndarray:
        """Trajectories of each batch."""
        return self.data["n_valid"].values

    @property
    def ordering(self) -> float:
        """Shift of |alpha|² from the photon number: 1/2 in symmetric ordering, none in the classical field."""
        return 0.5 if self["method"] == "twa" else 0.0

    @property
    def labels(self) -> dict:
        """Columns that name the case in every table."""
        return {
            "length": self["length"],
            "drive_amplitude": self["drive_amplitude"],
            "loss": self["intrinsic_loss_rate"],
            "method": self["method"],
        }

    def averaged(self, name: str) -> np.ndarray:
        """Batch means of a variable with dimensions (batch, bin, ...) over all windows, shape (batch, ...)."""
        return np.average(self.data[name].values, axis=1, weights=self.data["samples"].values)

    def moment(self, name: str) -> np.ndarray:
        """Batch means of one moment, shape (batch, mode)."""
        return self.averaged("moments")[..., list(self.data["moment"].values).index(name)]

    @property
    def site_losses(self) -> np.ndarray:
        """Loss rates of all sites, shape (length,)."""
        return self.data["site_loss_rate"].values

    @property
    def site_occupations(self) -> np.ndarray:
        """Thermal photons that the baths of all sites give, shape (length,); none to the classical field."""
        return self.data["site_thermal_occupation"].values * (2.0 * self.ordering)


def profile_table(ensemble: ChainEnsemble) -> pd.DataFrame:
    """Photon statistics, phase and field of every site; columns of table ``chain_profiles``."""
    weights, length = ensemble.weights, ensemble["length"]
    values = np.stack([ensemble.moment("abs2"), ensemble.moment("abs4")], axis=-1)
    if ensemble["method"] == "twa":
        statistics, errors = jackknife(lambda m: photon_statistics(m[..., 0], m[..., 1])[..., :3], values, weights)
    else:
        statistics, errors = jackknife(_classical_statistics, values, weights)
    frame = pd.DataFrame({**ensemble.labels, "site": np.arange(1, length + 1)})
    columns = {
        name: (statistics[:, index], errors[:, index])
        for index, name in enumerate(("photon_number", "number_fluctuation", "g2"))
    }
    columns["circular_variance"], columns["mean_phase"] = _phases(ensemble)
    for part in ("real", "imag"):
        columns[f"field_{part}"] = batch_mean(ensemble.moment(f"{part[:2]}_a"), weights)
    for name, (value, error) in columns.items():
        frame[name], frame[f"{name}_stderr"] = value, error
    number, error = (frame[f"photon_number{tail}"].to_numpy() for tail in ("", "_stderr"))
    index = list(ensemble.data["moment"].values).index("abs2")
    samples = ensemble.data["samples"].values
    windows = ensemble.data["moments"].values[..., index]
    with np.errstate(divide="ignore", invalid="ignore"):
        drift = np.array([stationarity(windows[:, :, site], samples, weights) for site in range(length)])
    frame["stationarity"] = np.where(np.isfinite(drift), drift, np.nan)
    frame["doubt"] = doubts(number, error, ensemble.data, ensemble["method"], frame["stationarity"].to_numpy())
    finite = np.isfinite(frame["g2"]) & np.isfinite(frame["g2_stderr"])
    frame.loc[~finite | (frame["doubt"] == "photon number"), ["g2", "g2_stderr"]] = np.nan
    return frame.assign(n_trajectories=weights.sum(), burn_in=ensemble["burn_in"], window=ensemble["averaging_time"])


def _classical_statistics(mean: np.ndarray) -> np.ndarray:
    """Mean, variance and normalised second moment of |alpha|², shape (..., 3)."""
    density, square = mean[..., 0], mean[..., 1]
    return np.stack([density, square - density**2, square / density**2], axis=-1)


def _phases(ensemble: ChainEnsemble) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Circular variance and mean phase of every site, each with its standard error."""
    parts = np.stack([ensemble.averaged("phase_re"), ensemble.averaged("phase_im")], axis=-1)
    weights = ensemble.weights
    variance = jackknife(lambda mean: 1.0 - np.hypot(mean[..., 0], mean[..., 1]), parts, weights)
    mean = np.average(parts, axis=0, weights=weights)
    angle = np.arctan2(mean[:, 1], mean[:, 0])
    # The jackknife acts on the difference from the mean, which no cut of the angle meets.
    turned = (parts[..., 0] + 1j * parts[..., 1]) * np.exp(-1j * angle)
    shift, error = jackknife(
        lambda m: np.arctan2(m[..., 1], m[..., 0]), np.stack([turned.real, turned.imag], axis=-1), weights
    )
    resolved = np.hypot(mean[:, 0], mean[:, 1]) > RESOLVED * variance[1]
    phase = np.angle(np.exp(1j * (angle + shift)))
    return variance, (np.where(resolved, phase, np.nan), np.where(resolved, error, np.nan))


def center_pairs(ensemble: ChainEnsemble) -> tuple[np.ndarray, np.ndarray]:
    """Real and imaginary part of <alpha_c* alpha_l> of the centre c = length // 2 with every site, (batch, length)."""
    length = ensemble["length"]
    chosen = np.flatnonzero(ensemble.data["left"].values == length // 2)[-length:]
    pairs = ensemble.averaged("pairs")[:, chosen]
    return pairs[..., 0], pairs[..., 1]


def coherence_table(ensemble: ChainEnsemble) -> pd.DataFrame:
    """First-order coherence of the centre with every site; columns of table ``chain_coherence``."""
    length, ordering = ensemble["length"], ensemble.ordering
    center = length // 2
    values = np.stack([*center_pairs(ensemble), ensemble.moment("abs2")], axis=-1)

    def coherence(mean: np.ndarray) -> np.ndarray:
        numbers = mean[..., 2] - ordering
        product = numbers * numbers[..., center - 1 : center]
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.hypot(mean[..., 0], mean[..., 1]) / np.sqrt(product)

    value, error = jackknife(coherence, values, ensemble.weights)
    # A site is coherent with itself: <|alpha|²> of the pair still has the vacuum's half.
    value[center - 1], error[center - 1] = 1.0, 0.0
    known = np.isfinite(value) & np.isfinite(error)
    return pd.DataFrame(
        {
            **ensemble.labels,
            "center": center,
            "site": np.arange(1, length + 1),
            "g1": np.where(known, value, np.nan),
            "g1_stderr": np.where(known, error, np.nan),
        }
    )


def current_table(ensemble: ChainEnsemble) -> pd.DataFrame:
    """Currents through every bond, to the right; columns of table ``chain_currents``."""
    weights, length = ensemble.weights, ensemble["length"]
    hopping, detuning, kerr = (ensemble[name] for name in ("hopping", "detuning", "kerr"))
    pairs, shift = ensemble.averaged("pairs"), 2.0 * ensemble.ordering
    near, next_near = pairs[:, : length - 1], pairs[:, length - 1 : 2 * length - 3]
    photons = photon_current(near[..., 1], hopping)
    numbers = ensemble.moment("abs2") - ensemble.ordering
    losses = ensemble.site_losses * (numbers - ensemble.site_occupations)
    outflow = np.cumsum(losses[:, ::-1], axis=1)[:, ::-1][:, 1:]
    energy = energy_current(
        near[:, :-1, 1], near[:, :-1, 3], next_near[..., 1], hopping, detuning, kerr, shift
    )  # fmt: skip
    frame = pd.DataFrame({**ensemble.labels, "site": np.arange(1, length)})
    for name, values in (("photon_current", photons), ("outflow", outflow), ("imbalance", photons - outflow)):
        frame[name], frame[f"{name}_stderr"] = batch_mean(values, weights)
    excess = energy + detuning * photons[:, :-1]
    for name, values in (("energy_current", energy), ("excess_energy_current", excess)):
        for column, numbers in zip((name, f"{name}_stderr"), batch_mean(values, weights), strict=True):
            frame[column] = np.append(numbers, np.nan)
    return frame
