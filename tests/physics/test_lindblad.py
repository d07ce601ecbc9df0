"""The truncated Wigner approximation against the Lindblad equation (QuTiP) at small aleph."""

import sys

import numpy as np
import pytest
import qutip
from scipy.sparse.linalg import expm_multiply

from openkerr.models.kerr_dimer import KerrDimer
from openkerr.numerics.stats import batch_mean
from openkerr.solvers.sde import simulate_ensemble
from openkerr.solvers.time_grid import TimeGrid

SIGMA = 4.5
TRUNCATION = 0.3
"""The truncation neglects third derivatives: its error in n/aleph is this over aleph², once the start is forgotten."""


class StratonovichDimer(KerrDimer):
    """The other reading of Eq. 5: turned into an Ito equation it has the extra drift eta alpha/(2 aleph)."""

    def kernel_module(self):
        return sys.modules[KerrDimer.__module__]

    def kernel_parameters(self, method):
        parameters = super().kernel_parameters(method)
        parameters[2:4] += np.array(self.two_photon_loss_rate) / (2 * self.aleph)
        return parameters


def _exact_occupations(model, cutoffs, times, start):
    """n_k(t)/aleph from QuTiP's Liouvillian, restricted to the coherences that populations couple to."""
    dims = [list(cutoffs)] * 2

    def operator(polynomial):
        return qutip.Qobj(polynomial.matrix(cutoffs), dims=dims)

    liouvillian = qutip.liouvillian(
        operator(model.hamiltonian()),
        [np.sqrt(jump.rate) * operator(jump.operator) for jump in model.jump_operators()],
    ).to("csr")
    n_1, n_2 = (index.ravel() for index in np.indices(cutoffs))
    charge = n_1 + 2 * n_2
    # QuTiP stacks columns: element (i, j) stands at i + j D.  Charge is conserved on both sides.
    block = np.flatnonzero((charge[:, None] == charge[None, :]).ravel(order="F"))
    matrix = liouvillian.data_as("csr_matrix")[block][:, block].tocsc()
    amplitude = start * np.sqrt(model.aleph)
    state = qutip.tensor(*[qutip.coherent(cutoff, amplitude, method="analytic") for cutoff in cutoffs])
    rho = (state * state.dag()).full().ravel(order="F")[block]
    history = expm_multiply(matrix, rho, times[0], times[-1], len(times))
    dimension = len(charge)
    diagonal = block % dimension == block // dimension
    levels = block[diagonal] % dimension
    populations = history[:, diagonal].real
    # Little probability stands at the cutoff, and none is lost.
    assert populations[:, (n_1[levels] == cutoffs[0] - 1) | (n_2[levels] == cutoffs[1] - 1)].sum(axis=1).max() < 1e-4
    assert np.abs(populations.sum(axis=1) - 1).max() < 1e-4
    return np.stack([populations @ n_1[levels], populations @ n_2[levels]], axis=1) / model.aleph


@pytest.mark.parametrize(("aleph", "cutoffs"), [(4.0, (18, 15)), (8.0, (23, 18))])
def test_occupations_agree_with_the_lindblad_equation_in_the_ito_reading_only(aleph, cutoffs):
    times = np.arange(0.0, 16.5, 1.0)
    exact = _exact_occupations(KerrDimer(aleph=aleph), cutoffs, times, 0.05)
    late = times >= 12
    bias = TRUNCATION / aleph**2 + 1e-4
    for reading, agrees in ((KerrDimer, True), (StratonovichDimer, False)):
        ensemble = simulate_ensemble(
            reading(aleph=aleph),
            TimeGrid.from_times(0.05, 1.0, 16.0),
            start=[0.05, 0.05],
            seed=4,
            trajectories=range(2**15),
            batch_size=256,
            n_threads=2,
        )
        mean, error = batch_mean(
            ensemble.moments[..., ensemble.moment_names.index("abs2")] - 0.5 / aleph, ensemble.weights
        )
        assert np.abs(mean[0] - exact[0]).max() < SIGMA * error[0].max()
        deviation, bound = np.abs(mean - exact)[late], SIGMA * error[late] + bias
        assert (deviation < bound).all() if agrees else (deviation > bound).all()
