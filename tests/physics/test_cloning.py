"""Moments of deviations by population dynamics: a closed form, the plain sample, the Lyapunov exponent, and bits."""

import math
from itertools import pairwise

import numpy as np
import pytest
from systems.driven_growth import DrivenGrowth
from systems.noisy_scalar import NoisyScalar

from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.runtime.checkpoint import Checkpoint
from openkerr.solvers.cloning import simulate_clones
from openkerr.solvers.lyapunov_data import kept_spectrum
from openkerr.solvers.lyapunov_estimates import LyapunovTimes
from openkerr.solvers.sde import Reduction, simulate_ensemble
from openkerr.solvers.time_grid import TimeGrid

SIGMA = 4.5


def _mean(values):
    return values.mean(), values.std(ddof=1) / math.sqrt(len(values))


def _steady_states(model, n_populations, n_starts, burn_in):
    grid = TimeGrid.from_times(0.05, 1.0, burn_in)
    reduction = Reduction(np.zeros(grid.n_samples, dtype=int), moment_order=1, final_states=True)
    ensemble = simulate_ensemble(
        model, grid, start=np.zeros(model.n_modes), seed=3, trajectories=range(n_populations * n_starts),
        reduction=reduction, stepper="strang", batch_size=n_starts,
    )  # fmt: skip
    return np.moveaxis(ensemble.states, 1, 2)


@pytest.mark.parametrize("moment", [1.0, 2.0])
def test_growth_at_a_fluctuating_rate(moment):
    """ln|delta| has the variance 0.5 t, more than the chaotic chain's, and its rate remembers two units of time."""
    model, n = DrivenGrowth(rate=0.7, strength=0.5, decay=0.5), 512
    rng = np.random.default_rng(1)
    starts = np.zeros((16, n, 2), dtype=complex)
    # Stationary, <|x|²> = noise²/(2 decay).
    starts[..., 0] = math.sqrt(0.5) * (rng.normal(size=(16, n)) + 1j * rng.normal(size=(16, n)))
    grid = TimeGrid.from_times(0.05, 0.5, 40.0)
    options = {
        "states": starts, "n_clones": n, "seed": 7, "populations": range(16), "alignment_samples": 20,
        "plain_moments": (moment,),
    }  # fmt: skip
    run = simulate_clones(model, grid, moment=moment, **options)
    value, error = _mean((run.log_moment[:, -1] - run.log_moment[:, 20]) / (run.times[-1] - run.times[20]))
    exact = model.exact(moment)
    # Clones are few where the weight of the rare is e**(q² 0.5 t): 2 % of bias are allowed, and seen at q = 2.
    assert -SIGMA * error - 0.02 * exact < value - exact < SIGMA * error and error < 0.02 * exact
    plain = simulate_clones(model, grid, moment=0.0, **options)
    typical, typical_error = _mean(plain.mean_log[:, -1] / plain.times[-1])
    assert abs(typical - model.rate) < SIGMA * typical_error
    # At short times both samples hold the moment, and agree with each other and the closed form.
    for sample in (1, 2, 4):
        expected = model.exact_log_moment(moment, run.times[sample])
        for logs in (run.log_moment[:, sample], plain.plain_log_moments[:, 0, sample]):
            found, error = _mean(logs)
            assert abs(found - expected) < SIGMA * error + 0.5 * moment**2 / n and error < 0.05
    # Later the plain one has lost it.
    assert plain.plain_log_moments[:, 0, -1].mean() / plain.times[-1] < exact - 0.04


def test_more_clones_miss_less():
    model = DrivenGrowth(rate=0.7, strength=0.5, decay=0.5)
    grid, found = TimeGrid.from_times(0.05, 0.5, 40.0), []
    for n in (4, 16, 64):
        run = simulate_clones(
            model, grid, states=np.full((64, 1, 2), [0.1, 0.0]), moment=2.0, n_clones=n, seed=2, populations=range(64),
            alignment_samples=0,
        )  # fmt: skip
        found.append(_mean((run.log_moment[:, -1] - run.log_moment[:, 20]) / 30.0))
    for (few, few_error), (more, more_error) in pairwise(found):
        assert few < more - 2 * math.hypot(few_error, more_error)
    assert found[-1][0] < model.exact(2.0) + SIGMA * found[-1][1]


def test_the_chaotic_chain_between_its_exponent_and_its_moments():
    """Eight sites: L'(0) is the largest exponent; L(q) lies above q L'(0); at short times the plain sample agrees."""
    model = BoseHubbardChain(length=8, drive_amplitude=6.0)
    states = _steady_states(model, 16, 16, 100.0)
    spectrum = kept_spectrum(
        model, LyapunovTimes.from_times(0.02, 0.2, 64.0, alignment=16.0, n_blocks=16), starts=states[:, 0],
        n_exponents=1, method="twa", seed=4, bath_noise=True,
    )  # fmt: skip
    (exponent,), (exponent_error,) = spectrum.pooled()
    grid = TimeGrid.from_times(0.05, 0.5, 48.0)
    options = {
        "states": states, "n_clones": 128, "seed": 5, "populations": range(16), "alignment_samples": 32,
        "stepper": "strang", "plain_moments": (1.0, 2.0),
    }  # fmt: skip
    plain = simulate_clones(model, grid, moment=0.0, **options)
    typical, error = _mean(plain.mean_log[:, -1] / plain.times[-1])
    # Two steppers: their bias is allowed for by 3 %.
    assert abs(typical - exponent) < SIGMA * math.hypot(error, exponent_error) + 0.03 * exponent
    assert max(error, exponent_error) < 0.05 * exponent
    for row, moment in enumerate((1.0, 2.0)):
        run = simulate_clones(model, grid, moment=moment, **options)
        rate, rate_error = _mean((run.log_moment[:, -1] - run.log_moment[:, 16]) / (run.times[-1] - run.times[16]))
        assert rate > moment * typical + SIGMA * math.hypot(rate_error, moment * error)
        held, difference = 2, run.log_moment[:, 2] - plain.plain_log_moments[:, row, 2]
        assert plain.plain_effective[:, row, held].sum() > 64
        value, spread = _mean(difference)
        assert abs(value) < SIGMA * spread + 1e-12


def test_bits_hang_on_seed_and_number_alone(tmp_path):
    model = BoseHubbardChain(length=4, drive_amplitude=5.0)
    states = _steady_states(model, 4, 2, 20.0)
    grid = TimeGrid.from_times(0.05, 0.5, 10.0)
    options = {"moment": 2.0, "n_clones": 128, "seed": 9, "alignment_samples": 4, "stepper": "strang"}
    whole = simulate_clones(model, grid, states=states, populations=range(4), **options)
    assert (whole.ancestors[:, -1] < 128).all()
    halves = [
        simulate_clones(model, grid, states=states[part.start : part.stop], populations=part, **options)
        for part in (range(0, 1), range(1, 4))
    ]
    assert whole.log_moment.tobytes() == b"".join(half.log_moment.tobytes() for half in halves)
    done = []
    with pytest.raises(KeyboardInterrupt), Checkpoint(tmp_path / "kept", 0.0) as checkpoint:

        def interrupted(steps):
            done.append(steps)
            if len(done) == 3:
                raise KeyboardInterrupt

        simulate_clones(
            model, grid, states=states, populations=range(4), checkpoint=checkpoint, progress=interrupted, **options
        )
    with Checkpoint(tmp_path / "kept", 0.0) as checkpoint:
        again = simulate_clones(model, grid, states=states, populations=range(4), checkpoint=checkpoint, **options)
    assert again.log_moment.tobytes() == whole.log_moment.tobytes()
    other = simulate_clones(model, grid, states=states, populations=range(4), **options | {"seed": 10})
    assert (other.log_moment[:, 5:] != whole.log_moment[:, 5:]).all()


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"n_clones": 65}, "n_clones is 65: allowed is 2 to 64, or a multiple of 64"),
        ({"states": np.ones((2, 1, 2))}, "allowed is \\(1, n_starts, 2\\)"),
        ({"populations": range(0)}, "states have shape"),
        ({"alignment_samples": 20}, "alignment_samples is 20: allowed is 0 to 19"),
        ({"least_share": 1.5}, "least_share is 1.5: allowed is 0 to 1"),
    ],
)
def test_what_does_not_fit_is_refused(change, text):
    options = {
        "states": np.ones((1, 1, 2)), "moment": 1.0, "n_clones": 4, "seed": 1, "populations": range(1),
        "alignment_samples": 0,
    }  # fmt: skip
    with pytest.raises(ValueError, match=text):
        simulate_clones(DrivenGrowth(), TimeGrid.from_times(0.1, 0.1, 2.0), **options | change)


def test_growth_beyond_what_is_linear_and_real_systems_are_refused():
    options = {
        "states": np.ones((1, 1, 2)), "moment": 1.0, "n_clones": 4, "seed": 1, "populations": range(1),
        "alignment_samples": 0,
    }  # fmt: skip
    with pytest.raises(
        ValueError, match=r"interval between samples is 10: a deviation grew by e\*\*\d+.* allowed is e\*\*12"
    ):
        simulate_clones(DrivenGrowth(rate=2.0), TimeGrid.from_times(0.1, 10.0, 20.0), **options)
    with pytest.raises(ValueError, match="real modes"):
        simulate_clones(
            NoisyScalar(strength=1.0), TimeGrid.from_times(0.1, 0.1, 2.0), **options | {"states": np.ones((1, 1, 1))}
        )
