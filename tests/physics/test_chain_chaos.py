"""Chaos of the chain: closed forms of D and of the exponents, and the growth of D against the largest exponent."""

import numpy as np
import pytest
from scipy.linalg import expm

from openkerr.analysis.otoc import FitRule, Replicas, growth_rates
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.runtime.checkpoint import Checkpoint
from openkerr.solvers.lyapunov import lyapunov_spectrum
from openkerr.solvers.lyapunov_data import kept_spectrum, pooled_dataset
from openkerr.solvers.lyapunov_estimates import LyapunovTimes
from openkerr.solvers.replicas import simulate_replicas
from openkerr.solvers.sde import Reduction, simulate_ensemble
from openkerr.solvers.time_grid import TimeGrid

SIGMA = 4.5
TIMES = LyapunovTimes.from_times


def _steady_states(model, method, n, burn_in, seed=3):
    grid = TimeGrid.from_times(0.05, 1.0, burn_in)
    reduction = Reduction(np.zeros(grid.n_samples, dtype=int), moment_order=1, final_states=True)
    ensemble = simulate_ensemble(
        model, grid, start=np.zeros(model.length), seed=seed, trajectories=range(n), reduction=reduction,
        method=method, stepper="strang", bath_noise=method == "twa", batch_size=n,
    )  # fmt: skip
    return ensemble.states[0].T


@pytest.mark.parametrize(("drive", "kappa"), [(1.0, 0.0), (6.0, 0.1)])
def test_additive_noise_leaves_the_sum_of_exponents_at_minus_the_losses(drive, kappa):
    """The trace of the Jacobian is minus the loss of both quadratures of all sites, in every state."""
    model = BoseHubbardChain(length=6, drive_amplitude=drive, intrinsic_loss_rate=kappa)
    loss = model.site_losses().sum()
    for method in ("gpe", "twa"):
        starts = _steady_states(model, method, 16, 20.0)
        found = kept_spectrum(
            model, TIMES(0.02, 0.2, 6.4, alignment=0.2, n_blocks=16, step_time=0.4), starts=starts, n_exponents=12,
            method=method, seed=4, bath_noise=method == "twa",
        )  # fmt: skip
        sums = found.blocks.mean(axis=1).sum(axis=1)
        np.testing.assert_allclose(sums, -loss, rtol=0, atol=2e-4)
        data = pooled_dataset(found, "gamma")
        assert float(data["sum"]) == pytest.approx(-loss, abs=2e-4)
        assert (np.diff(data["exponent"]) <= 0).all()


def test_a_linear_chain_divides_both_turns_by_its_propagator():
    """U = 0: the difference of the replicas is the propagator of the turn, whatever the noise; for a small angle
    D_l = <Im(alpha_l* delta_l)^2/|alpha_l|^4>/2, and with a strong drive |alpha_l| is the coherent amplitude."""
    drive, angle, lag = 4000.0, 1e-3, 3.0
    model = BoseHubbardChain(length=4, drive_amplitude=drive, kerr=0.0)
    hopping = np.diag(np.full(3, model.hopping), 1)
    h = -model.detuning * np.eye(4) - hopping - hopping.T
    generator = -1j * h - 0.5 * np.diag(model.site_losses())
    coherent = np.linalg.solve(generator, 1j * model.site_drives())
    replicas = simulate_replicas(
        model, TimeGrid.from_times(0.01, 1.0, lag), start=coherent, seed=1, trajectories=range(16), sources=[0, 2],
        angle=angle, split_sample=0, stepper="blanes_moan", batch_size=16,
    )  # fmt: skip
    for place, source in enumerate((0, 2)):
        for index, time in enumerate(replicas.times):
            turn = np.zeros(4, dtype=complex)
            turn[source] = coherent[source] * (np.exp(1j * angle) - 1)
            moved = coherent + expm(generator * time) @ turn
            exact = 1 - np.cos(np.angle(moved / coherent))
            found = replicas.divergence[0, index, place]
            # The vacuum's noise is 1e-3 of the field; what is far below the others is not told by it.
            np.testing.assert_allclose(found, exact, rtol=0.02, atol=1e-4 * exact.max())


def test_kept_trajectories_are_those_of_one_run_and_are_not_done_twice(tmp_path):
    model = BoseHubbardChain(length=3, drive_amplitude=3.0)
    starts = _steady_states(model, "twa", 3, 5.0)
    times = TIMES(0.02, 0.2, 3.2, alignment=0.2, n_blocks=16)
    options = {"n_exponents": 2, "method": "twa", "seed": 9, "bath_noise": True}
    whole = lyapunov_spectrum(model, times, start=starts, trajectories=range(3), **options)
    done = []
    with pytest.raises(KeyboardInterrupt), Checkpoint(tmp_path / "kept", 0.0) as checkpoint:

        def interrupted(steps):
            done.append(steps)
            if sum(done) > 2.5 * 170:
                raise KeyboardInterrupt

        kept_spectrum(model, times, starts=starts, checkpoint=checkpoint, progress=interrupted, **options)
    with Checkpoint(tmp_path / "kept", 0.0) as checkpoint:
        again = []
        found = kept_spectrum(model, times, starts=starts, checkpoint=checkpoint, progress=again.append, **options)
    assert sum(again) < sum(done)
    assert found.blocks.tobytes() == whole.blocks.tobytes() and found.final.tobytes() == whole.final.tobytes()


def test_the_typical_growth_of_the_otoc_is_twice_the_largest_exponent():
    """Chaotic chain of 8 sites; two angles, the same growth; the noise is the same law, not the same path."""
    model, n = BoseHubbardChain(length=8, drive_amplitude=6.0), 256
    starts = _steady_states(model, "twa", 32, 100.0)
    spectrum = kept_spectrum(
        model, TIMES(0.025, 0.2, 64.0, alignment=16.0, n_blocks=16), starts=starts, n_exponents=1, method="twa", seed=4,
        bath_noise=True,
    )  # fmt: skip
    (exponent,), (exponent_error,) = spectrum.pooled()
    found = {}
    for angle in (1e-10, 1e-7):
        grid = TimeGrid.from_times(0.05, 0.5, 180.0)
        run = simulate_replicas(
            model, grid, start=np.zeros(8), seed=6, trajectories=range(n), sources=[0], angle=angle, split_sample=160,
            stepper="strang", batch_size=16,
        )  # fmt: skip
        data = Replicas(run.times, run.divergence[:, :, 0], run.log_divergence[:, :, 0], run.weights)
        found[angle] = growth_rates(data, 25.0, FitRule(0.3, 3.0, 5.0, 64.0))
    value, error = found[1e-10].typical
    # Trajectories that saturate first leave the average early: the fit ends e-folds below, which 3 % allow for.
    assert abs(value - 2 * exponent) < SIGMA * np.hypot(error, 2 * exponent_error) + 0.03 * value
    other, other_error = found[1e-7].typical
    assert abs(value - other) < SIGMA * np.hypot(error, other_error) + 0.05 * value
    # The sample does not hold <D> for long: what it tells of its growth is above the typical one, or nothing.
    mean, mean_error = found[1e-10].mean
    assert np.isnan(mean) or mean > value - SIGMA * np.hypot(error, mean_error)
    assert found[1e-10].held_until < 10.0
    assert error < 0.05 * value and exponent_error < 0.05 * exponent
