"""A Bose-Hubbard chain whose first site is driven by n photons at a time (arXiv:2508.13398), with loss at both ends.

    H = sum_l [-Delta a_l† a_l + (U/2) a_l†² a_l²] - J sum_l (a_{l+1}† a_l + h.c.) + G (a_1^n + a_1†^n)

It is symmetric under a_l -> exp(2 pi i/n) a_l; n = 1 is the chain of the published workflow with F = G.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from openkerr.algebra.polynomials import JumpOperator, annihilation, creation, number
from openkerr.algebra.wigner import truncation_rates
from openkerr.analysis.photon_statistics import photon_statistics
from openkerr.interface.chaos import lyapunov
from openkerr.models.derived import DerivedModel
from openkerr.numerics.stats import jackknife
from openkerr.solvers.exact import steady_state
from openkerr.solvers.sde import Correlations, Reduction, simulate_ensemble
from openkerr.solvers.time_grid import TimeGrid

QUANTITIES = ("photon_number", "number_fluctuation", "g2", "field_real", "field_imag", "phase_order")
"""Of every site: n, delta n, g2, <a>/sqrt(<|alpha|²>), |<alpha^n>| over `phase_scale`."""


def n_photon_chain(
    order: int, length: int, drive_amplitude: float, *, detuning: float, hopping: float, kerr: float, loss_rate: float
) -> DerivedModel:
    """The model: all that the methods need follows from these operators."""
    hamiltonian = drive_amplitude * (annihilation(0) ** order + creation(0) ** order)
    for site in range(length):
        hamiltonian += -detuning * number(site) + 0.5 * kerr * creation(site) ** 2 * annihilation(site) ** 2
    for site in range(length - 1):
        hop = creation(site + 1) * annihilation(site)
        hamiltonian += -hopping * (hop + hop.adjoint())
    ends = sorted({0, length - 1})
    return DerivedModel(
        hamiltonian=hamiltonian, jump_operators=[JumpOperator(loss_rate, annihilation(site)) for site in ends]
    )


def phase_scale(order: int, square: np.ndarray, fourth: np.ndarray) -> np.ndarray:
    """What |<alpha^n>| cannot exceed, from <|alpha|²> and <|alpha|⁴>: <|alpha|^n>; n = 3: by Cauchy and Schwarz."""
    return {1: np.sqrt(square), 2: square, 3: np.sqrt(square * fourth), 4: fourth}[order]


def simulate(job: Mapping[str, Any], seed: int) -> xr.Dataset:
    """Raw data of one job of `settings.jobs`."""
    order, length = job["order"], job["length"]
    model = n_photon_chain(order, length, job["drive_amplitude"], **job["model"])
    variables = ensemble(model, "twa", job, seed)
    if job["kind"] == "dimer":
        variables |= _exact(model, job)
    else:
        variables |= ensemble(model, "gpe", job, seed) | _exponent(model, job, seed)
    # What the truncated Wigner equation leaves out beside its noise, at the photon numbers that it leads to.
    dropped, noise = truncation_rates(model.hamiltonian(), model.jump_operators(), length)
    variables["dropped_rate"] = ("site", np.asarray(dropped) * np.ones(length), {"units": "gamma"})
    variables["noise_rate"] = ("site", np.asarray(noise) * np.ones(length), {"units": "gamma"})
    return xr.Dataset(
        variables,
        coords={
            "site": ("site", np.arange(1, length + 1), {"units": "1"}),
            "order": ((), order, {"units": "1"}),
            "drive_amplitude": ((), job["drive_amplitude"], {"units": "gamma"}),
            "kind": ((), job["kind"]),
        },
    )


def ensemble(model: DerivedModel, method: str, job: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """Photon statistics and the order of phases by site, averaged over the window and an ensemble.

    Truncated Wigner starts from the vacuum, which has all symmetries. Mean fields start from coherent fields, with
    the vacuum's noise about them, so that they find the wave where the vacuum is stable too.
    """
    order, quantum = job["order"], method == "twa"
    grid = TimeGrid.from_times(job["time_step"], job["sampling_interval"], job["burn_in"] + job["averaging_time"])
    window = np.where(grid.times > job["burn_in"] * (1 + 1e-12), 0, -1)
    # <alpha> and <alpha^n> of every site.
    powers = np.zeros((2, model.n_modes, model.n_modes, 2), dtype=int)
    for site in range(model.n_modes):
        powers[0, site, site, 1], powers[1, site, site, 1] = 1, order
    found = simulate_ensemble(
        model,
        grid,
        start=np.full(model.n_modes, 0.0 if quantum else job["start"], dtype=complex),
        seed=seed,
        trajectories=range(job["n_trajectories"]),
        reduction=Reduction(bin_of_sample=window, correlations=Correlations(powers.reshape(-1, model.n_modes, 2))),
        method=method,
        bath_noise=quantum,
        batch_size=job["batch_size"],
    )
    abs2, abs4 = (found.moments[:, 0, :, found.moment_names.index(name)] for name in ("abs2", "abs4"))
    signals = found.signals[:, window == 0].mean(axis=1).reshape(-1, 2, model.n_modes)
    first, nth = signals[:, 0], signals[:, 1]

    def statistics(mean):
        square, fourth = mean[..., 0], mean[..., 1]
        if quantum:
            photons, fluctuation, coherence = np.moveaxis(photon_statistics(square, fourth)[..., :3], -1, 0)
        else:
            photons, fluctuation, coherence = square, fourth - square**2, fourth / square**2  # of coherent states
        field = mean[..., 2:4] / np.sqrt(square)[..., None]
        power = np.hypot(mean[..., 4], mean[..., 5]) / phase_scale(order, square, fourth)
        return np.stack([photons, fluctuation, coherence, field[..., 0], field[..., 1], power], axis=-1)

    means = np.stack([abs2, abs4, first.real, first.imag, nth.real, nth.imag], axis=-1)
    values, errors = jackknife(statistics, means, found.weights)
    made = {}
    for index, name in enumerate(QUANTITIES):
        made[f"{method}_{name}"] = ("site", values[..., index], {"units": "1"})
        made[f"{method}_{name}_stderr"] = ("site", errors[..., index], {"units": "1"})
    return made


def _exponent(model: DerivedModel, job: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """Largest Lyapunov exponent along truncated-Wigner trajectories from the vacuum."""
    found = lyapunov(
        model, job["lyapunov_time"], start=0.0, n_exponents=1, burn_in=job["burn_in"], noise=True,
        n_trajectories=job["lyapunov_trajectories"], seed=seed, time_step=job["time_step"],
    )  # fmt: skip
    return {
        "lyapunov_1": ((), float(found.exponent[0]), {"units": "gamma"}),
        "lyapunov_1_stderr": ((), float(found.exponent_stderr[0]), {"units": "gamma"}),
        "lyapunov_1_systematic": ((), float(found.exponent_systematic[0]), {"units": "gamma"}),
    }


def _exact(model: DerivedModel, job: Mapping[str, Any]) -> dict[str, Any]:
    """Exact steady state of two sites; its error is what a larger space changes."""
    order, sites = job["order"], range(model.n_modes)
    state = steady_state(model, tolerance=job["tolerance"])
    last, before = state.checks[-1], state.checks[-2]
    # Symmetric ordering, as in the Wigner function: <|alpha|²> = n + 1/2.
    square = state.photon_numbers + 0.5
    fourth = state.number_fluctuations + square**2 + square - 0.25
    fields = np.array([state.expectation(annihilation(site)) for site in sites]) / np.sqrt(square)
    powers = np.array([state.expectation(annihilation(site) ** order) for site in sites])
    coherence = 1.0 + state.number_fluctuations / state.photon_numbers**2
    exact = (state.photon_numbers, state.number_fluctuations, coherence, fields.real, fields.imag,
             np.abs(powers) / phase_scale(order, square, fourth))  # fmt: skip
    changes = (last.photon_numbers - before.photon_numbers, last.number_fluctuations - before.number_fluctuations)
    # Of what is not kept for the smaller space, the tolerance stands for the change.
    errors = [np.abs(changes[0]), np.abs(changes[1]), *[np.full(model.n_modes, job["tolerance"])] * 4]
    made = {"n_states": ((), last.size, {"units": "1"})}
    for name, values, error in zip(QUANTITIES, exact, errors, strict=True):
        made[f"exact_{name}"] = ("site", values, {"units": "1"})
        made[f"exact_{name}_stderr"] = ("site", error, {"units": "1"})
    return made
