"""The chain from trajectories to gaps on a model with a known gap, baths in closed form, and the dual scaling."""

import numpy as np
import pytest
import qutip
from systems.linear_noise import LinearNoise

from openkerr.analysis.gaps import Line, gaps_table, join_groups
from openkerr.models import kerr_dimer
from openkerr.models.kerr_dimer import KerrDimer
from openkerr.numerics.stats import batch_mean
from openkerr.solvers.sde import simulate_ensemble
from openkerr.solvers.time_grid import TimeGrid, correlation_times
from openkerr.studies.torus_gaps.raw import append_points, simulate_groups

SIGMA = 4.5


@pytest.fixture(scope="module")
def linear():
    """Groups of d(alpha) = (-0.02 - 0.9 i) alpha dt + sqrt(a + b |alpha|²) dW, whose field decays as its drift says."""
    model = LinearNoise(growth=-0.02, frequency=0.9, additive=0.02, slope=0.01)
    times = correlation_times(0.5, 2.0, 8, 20.0, 120.0)
    grid = TimeGrid(0.1, 5, times.n_samples)

    def simulate(trajectories):
        return simulate_groups(
            model,
            grid,
            times,
            {"a_1": ((0, 1),)},
            trajectories=trajectories,
            group_size=128,
            start=[1.0],
            seed=3,
            batch_size=64,
        )

    return simulate


def test_a_linear_mode_through_the_whole_chain(linear):
    data = append_points([linear(range(2048))], [7.0], "1")
    table = gaps_table(join_groups([data], 7.0), [Line(1, 0, 0.9)], 0.9, 2.0, (0.1, 0.9))
    assert set(table["estimator"]) == {"correlation", "mean", "pencil"}
    for row in table.itertuples():
        # Noise that is multiplicative in Ito's sense moves neither rate nor frequency of the mean.
        assert abs(row.gap - 0.02) < SIGMA * row.gap_stderr, row
        assert abs(row.frequency - 0.9) < SIGMA * row.frequency_stderr, row
        assert row.gap_stderr < 0.1 * 0.02


def test_groups_do_not_depend_on_the_cut_into_jobs(linear):
    whole = linear(range(512))
    for first, stop in ((0, 256), (256, 512)):
        part = linear(range(first, stop))
        for name in ("correlation_re", "mean_im", "n_valid"):
            assert np.array_equal(whole[name].sel(group=part["group"]).values, part[name].values)
    with pytest.raises(ValueError, match="allowed is a multiple of 128"):
        linear(range(64, 256))


@pytest.mark.parametrize(
    ("pump", "loss", "occupation", "aleph"), [(0.0, 0.5, 0.0, 1.0), (0.0, 0.5, 3.0, 10.0), (0.2, 0.6, 1.5, 100.0)]
)
def test_baths_of_one_mode_in_closed_form(pump, loss, occupation, aleph):
    """Without two-photon loss n tends to (gamma + kappa n_th)/(kappa - gamma) at kappa - gamma, <a> at half."""
    model = KerrDimer(
        aleph=aleph,
        omega=(0.7, 0.7),
        kerr=(0.0, 0.0),
        tunneling=0.0,
        pump_rate=(pump, pump),
        two_photon_loss_rate=(0.0, 0.0),
        loss_rate=(loss, loss),
        thermal_occupation=(occupation, occupation),
    )
    start, rate = 1.5, loss - pump
    ensemble = simulate_ensemble(
        model, TimeGrid.from_times(0.1, 1.0, 6.0), start=[start] * 2, seed=1, trajectories=range(2**13), batch_size=256
    )
    mean, error = batch_mean(ensemble.moments, ensemble.weights)
    mean, error = (dict(zip(ensemble.moment_names, np.moveaxis(each, -1, 0), strict=True)) for each in (mean, error))
    times = ensemble.grid.times[:, None]
    final = (pump + loss * occupation) / rate / aleph
    number = final + (start**2 - final) * np.exp(-rate * times)
    field = start * np.exp(-(0.5 * rate + 0.7j) * times)
    # The splitting of growth and noise leaves an error of second order in the step, (0.1 rate)²/24 of the noise.
    bias = 1e-3 * number
    assert (np.abs(mean["abs2"] - 0.5 / aleph - number) < SIGMA * error["abs2"] + bias).all()
    for name, value in (("re_a", field.real), ("im_a", field.imag)):
        assert (np.abs(mean[name] - value) < SIGMA * error[name] + 1e-4).all()


PARAMETERS = {
    "omega": (1.0, 0.8),
    "kerr": (0.1, 0.2),
    "tunneling": 0.4,
    "pump_rate": (1.0, 0.9),
    "two_photon_loss_rate": (1.0, 1.2),
    "loss_rate": (0.1, 0.05),
    "thermal_occupation": (0.5, 1.0),
}


@pytest.mark.parametrize("diffusion", ["paper", "exact"])
def test_dual_scaling_makes_the_field_equation_faster_by_aleph(diffusion):
    aleph = 50.0
    standard, dual = (
        build(aleph=aleph, two_photon_diffusion=diffusion, **PARAMETERS) for build in (KerrDimer, KerrDimer.dual)
    )
    rng = np.random.default_rng(5)
    z, noise = rng.normal(size=(2, 2, 2, 16))
    for method in ("gpe", "twa"):
        p, q = (model.kernel_parameters(method) for model in (standard, dual))
        here, there = np.empty_like(z), np.empty_like(z)
        kerr_dimer.drift(z, here, p)
        kerr_dimer.drift(np.sqrt(aleph) * z, there, q)
        assert np.allclose(there, aleph**1.5 * here, rtol=1e-12, atol=1e-11)
        here, there = z.copy(), np.sqrt(aleph) * z
        kerr_dimer.kick(here, noise, 0.1, p)
        kerr_dimer.kick(there, noise, 0.1 / aleph, q)
        assert np.allclose(there, np.sqrt(aleph) * here, rtol=1e-13, atol=1e-13)
    assert dual.vacuum_variance == pytest.approx(aleph * standard.vacuum_variance)


def test_dual_liouvillian_is_aleph_times_the_other():
    aleph, cutoffs = 6.0, (4, 3)

    def liouvillian(model):
        dims = [list(cutoffs)] * 2
        hamiltonian = qutip.Qobj(model.hamiltonian().matrix(cutoffs), dims=dims)
        jumps = [
            np.sqrt(jump.rate) * qutip.Qobj(jump.operator.matrix(cutoffs), dims=dims) for jump in model.jump_operators()
        ]
        return qutip.liouvillian(hamiltonian, jumps).full()

    standard, dual = liouvillian(KerrDimer(aleph=aleph, **PARAMETERS)), liouvillian(KerrDimer.dual(aleph, **PARAMETERS))
    assert np.abs(dual - aleph * standard).max() < 1e-13 * np.abs(dual).max()
    assert np.abs(dual - standard).max() > 1.0
