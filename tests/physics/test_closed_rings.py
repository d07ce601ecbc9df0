"""Closed rings of the chain's bulk: equilibrium against the transfer integral, conservation, currents of free modes."""

import numpy as np
import pytest

from openkerr.analysis.green_kubo import running_integrals
from openkerr.analysis.schroedinger_equilibrium import equilibrium
from openkerr.models import bose_hubbard_ring as ring
from openkerr.models.bose_hubbard_chain import BoseHubbardChain, drift
from openkerr.solvers.time_grid import TimeGrid
from openkerr.studies.chain_transport.closed import ring_correlations

pytestmark = pytest.mark.slow

HOPPING, KERR = 2.0, 0.1


def fields(beta, nu, *, kerr=KERR, n_sites=32, n_lanes=64, n_sweeps=300, seed=5):
    state = equilibrium(beta, nu, HOPPING, kerr)
    z = np.zeros((2, n_sites, n_lanes))
    z[0] = np.sqrt(state.photon_number + 0.5)
    width = 0.5 * np.sqrt(state.photon_number + 0.5)
    ring.sample(z, beta, nu, HOPPING, kerr, state.largest, width, n_sweeps, np.uint64(seed), 0)
    return z, state


@pytest.mark.parametrize(("beta", "nu"), [(0.0108, 0.006), (0.025, 0.055), (-0.016, -0.22)])
def test_monte_carlo_has_the_means_of_the_transfer_integral(beta, nu):
    """At temperatures of either sign: photons, energy, g2 of rings far longer than correlations."""
    z, state = fields(beta, nu)
    sums = np.empty((2, z.shape[2]))
    ring.conserved(z, HOPPING, KERR, sums)
    quartic = ((z[0] ** 2 + z[1] ** 2) ** 2).mean(axis=0)
    for values, expected in (
        (sums[0] / z.shape[1], state.photon_number),
        (sums[1] / z.shape[1], state.energy),
        (quartic, state.quartic),
    ):
        assert abs(values.mean() - expected) < 4.5 * values.std(ddof=1) / np.sqrt(values.size)


def test_motion_keeps_photons_and_energy_to_second_order_of_the_step():
    start, _ = fields(0.0108, 0.006, n_lanes=16)
    before, after = np.empty((2, 16)), np.empty((2, 16))
    ring.conserved(start, HOPPING, KERR, before)
    changes = []
    for step, count in ((0.08, 250), (0.04, 500), (0.02, 1000)):
        z = start.copy()
        ring.advance(z, step, 2, count, HOPPING, KERR, np.empty((2, 2, 16)))
        ring.conserved(z, HOPPING, KERR, after)
        np.testing.assert_allclose(after[0], before[0], rtol=1e-11)
        changes.append(np.sqrt(np.mean((after[1] - before[1]) ** 2)))
    assert changes[0] > 2.5 * changes[1] > 6.0 * changes[2]


def test_rings_move_as_the_chain_does_inside():
    """Against the drift of the open chain without drive and loss, far from its ends, over a short time."""
    z, _ = fields(0.0108, 0.006, n_sites=40, n_lanes=4)
    model = BoseHubbardChain(length=40, drive_amplitude=0.0, loss_rate=0.0, detuning=0.0)
    p, step, moved = model.kernel_parameters("twa"), 1e-3, z.copy()
    ring.advance(moved, step, 2, 1, HOPPING, KERR, np.empty((2, 2, 4)))
    slope = np.empty_like(z)
    drift(0.5 * (z + moved), slope, p)
    np.testing.assert_allclose(((moved - z) / step)[:, 2:-2], slope[:, 2:-2], rtol=1e-3, atol=2e-3)


def test_currents_of_free_modes_last_for_ever():
    """Without interaction C_ab = sum_k v² e^{a+b} n_k²/N at all times, v = 2J sin k and n_k = T/(e_k - mu)."""
    beta, mu, n_sites = 0.1, -6.0, 24
    state = equilibrium(beta, beta * mu, HOPPING, 0.0)
    data = ring_correlations(
        state, TimeGrid.from_times(0.05, 0.5, 10.0), hopping=HOPPING, kerr=0.0, n_sites=n_sites, n_sweeps=300,
        lag_time=5.0, seed=3, trajectories=range(1024), batch_size=64,
    )  # fmt: skip
    k = 2 * np.pi * np.arange(n_sites) / n_sites
    energies, speeds = -2 * HOPPING * np.cos(k), 2 * HOPPING * np.sin(k)
    numbers = 1 / (beta * (energies - mu))
    values = data["correlation"].values
    for a in range(2):
        for b in range(2):
            expected = np.mean(speeds**2 * energies ** (a + b) * numbers**2)
            found = values[:, :, a, b]
            error = found.std(axis=0, ddof=1) / np.sqrt(len(found))
            assert (np.abs(found.mean(axis=0) - expected) < 4.5 * error).all(), (a, b)
            # Exact conservation: the same sample at every lag, but for the energy's by the splitting.
            assert np.ptp(found.mean(axis=0)) < 0.02 * np.abs(found.mean()), (a, b)


def test_onsager_matrix_is_symmetric_and_does_not_hang_on_batches():
    state = equilibrium(-0.016, -0.22, HOPPING, KERR)
    options = {
        "hopping": HOPPING, "kerr": KERR, "n_sites": 32, "n_sweeps": 100, "lag_time": 10.0, "seed": 4,
        "batch_size": 8,
    }  # fmt: skip
    grid = TimeGrid.from_times(0.04, 0.2, 60.0)
    data = ring_correlations(state, grid, trajectories=range(128), **options)
    cut = ring_correlations(state, grid, trajectories=range(8, 24), **options)
    np.testing.assert_array_equal(cut["correlation"], data["correlation"][1:3])
    integral = running_integrals(data["correlation"].values, 0.2)[:, -1]
    odd = integral[:, 0, 1] - integral[:, 1, 0]
    assert abs(odd.mean()) < 4.5 * odd.std(ddof=1) / np.sqrt(len(odd))
    assert np.linalg.eigvalsh(integral.mean(axis=0)).min() > 0
    assert float(data["energy_change"].max()) < 0.05
