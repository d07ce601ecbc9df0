"""Models from operators alone: generated kernels against the derivation and against the hand-written ones."""

import json
import math
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from openkerr.algebra.noise import square_root
from openkerr.algebra.polynomials import IDENTITY, JumpOperator, Polynomial, annihilation, creation, number
from openkerr.algebra.wigner import gross_pitaevskii, truncated_wigner
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.models.derived import DerivedModel
from openkerr.models.kerr_dimer import KerrDimer
from openkerr.numerics.stats import batch_mean
from openkerr.solvers import ensemble_kernel
from openkerr.solvers.ode import integrate
from openkerr.solvers.sde import DivergenceError, Reduction, TimeGrid, simulate_ensemble
from openkerr.solvers.steppers import load_stepper, noise_channels

A, B, C = (annihilation(mode) for mode in range(3))
KERR = creation(0) ** 2 * A**2

DIMER = {
    "omega": (0.9, 1.3),
    "kerr": (0.1, -0.2),
    "tunneling": 0.45,
    "pump_rate": (1.1, 0.8),
    "two_photon_loss_rate": (1.0, 1.4),
    "loss_rate": (0.3, 0.2),
    "thermal_occupation": (0.5, 1.5),
}
HAND_WRITTEN = {
    "dimer": KerrDimer(aleph=7.0, **DIMER),
    "dimer, exact": KerrDimer(aleph=7.0, **DIMER, two_photon_diffusion="exact"),
    "chain": BoseHubbardChain(length=6, drive_amplitude=1.7),
    "lossy chain": BoseHubbardChain(length=5, drive_amplitude=1.7, intrinsic_loss_rate=0.2),
    "uniform chain": BoseHubbardChain(length=3, drive_amplitude=0.6, geometry="uniform", kerr=-0.3),
}


def _hermitian(operator):
    return operator + operator.adjoint()


def _derived(model):
    return DerivedModel(
        hamiltonian=model.hamiltonian(),
        jump_operators=model.jump_operators(),
        n_modes=model.n_modes,
        field_scale=math.sqrt(getattr(model, "aleph", 1.0)),
        diffusion=getattr(model, "two_photon_diffusion", "exact").replace("paper", "leading"),
    )


# Every kind of bath: correlated, squeezed, dephasing, and one that raises three photons.
COUPLED = DerivedModel(
    hamiltonian=0.7 * number(0) + 0.1 * KERR + _hermitian((0.3 + 0.2j) * creation(0) ** 2 * B * C + 0.4j * C * B),
    jump_operators=[
        JumpOperator(0.5, A + (0.3 - 0.2j) * B),
        JumpOperator(0.3, 1.2 * C + 0.4j * C.adjoint()),
        JumpOperator(0.2, number(1)),
        JumpOperator(0.1, B**2),
        JumpOperator(0.4, A),
    ],
    diffusion="leading",
)
# Baths that modes share across each other: blocks (0, 2) and (1, 3).
CROSSED = DerivedModel(
    hamiltonian=number(0),
    jump_operators=[(rate, annihilation(k) + 0.5j * annihilation(k + 2) ** 2) for k, rate in enumerate((0.4, 0.7))],
    diffusion="leading",
)


def _compiled(model):
    return load_stepper(model, "runge_kutta", "double", "gaussian", (ensemble_kernel,))


def _kernels(model):
    return model.kernel_module()


def _state(model, n_lanes=5, seed=0):
    return np.random.default_rng(seed).normal(size=(2, model.n_modes, n_lanes))


@pytest.mark.parametrize("method", ["gpe", "twa"])
@pytest.mark.parametrize("name", HAND_WRITTEN)
def test_generated_kernels_equal_the_hand_written_ones(name, method):
    model, z = HAND_WRITTEN[name], _state(HAND_WRITTEN[name])
    derived = _derived(model)
    assert (derived.n_modes, derived.n_noises, derived.symmetry) == (model.n_modes, model.n_noises, model.symmetry)
    assert derived.vacuum_variance == pytest.approx(model.vacuum_variance, rel=1e-15)
    noise = np.random.default_rng(1).normal(size=(2, model.n_noises, z.shape[2]))
    x, results = z[:, :, 0].ravel(), []
    for kernels, p in ((_kernels(each), each.kernel_parameters(method)) for each in (model, derived)):
        dz, kicked, jacobian = np.full_like(z, np.nan), z.copy(), np.full((x.size, x.size), np.nan)
        # Uncompiled: the same text in interpreted arithmetic, without a compilation a case.
        kernels.drift.py_func(z, dz, p)
        kernels.kick.py_func(kicked, noise, 0.1, p)
        kernels.jacobian.py_func(x, jacobian, p)
        results.append((dz, kicked, jacobian))
    for expected, found in zip(*results, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-13 * np.abs(expected).max())


@pytest.mark.parametrize("method", ["gpe", "twa"])
def test_generated_kernels_of_a_general_model(method):
    """Three modes with products of three fields: drift and Jacobian against the polynomials."""
    model, kernels = COUPLED, _kernels(COUPLED)
    p, z, n = model.kernel_parameters(method), _state(COUPLED), 3
    parts = (model.hamiltonian(), model.jump_operators(), n)
    drifts = gross_pitaevskii(*parts) if method == "gpe" else truncated_wigner(*parts).drift
    dz = np.full_like(z, np.nan)
    kernels.drift.py_func(z, dz, p)
    fields = z[0] + 1j * z[1]
    expected = np.array([drift(fields) for drift in drifts])
    np.testing.assert_allclose(dz[0] + 1j * dz[1], expected, rtol=1e-13, atol=1e-13 * np.abs(expected).max())
    jacobian, exact = np.full((2 * n, 2 * n), np.nan), np.zeros((2 * n, 2 * n))
    kernels.jacobian.py_func(z[:, :, 0].ravel(), jacobian, p)
    for row, drift in enumerate(drifts):
        for column in range(n):
            g, h = (complex(drift.derivative(column, conjugate)(fields[:, 0])) for conjugate in (False, True))
            exact[[row, n + row], column] = (g + h).real, (g + h).imag
            exact[[row, n + row], n + column] = (1j * (g - h)).real, (1j * (g - h)).imag
    np.testing.assert_allclose(jacobian, exact, rtol=1e-13, atol=1e-13 * np.abs(exact).max())


@pytest.mark.parametrize(("model", "partner"), [(COUPLED, 1), (CROSSED, 2)], ids=["coupled", "crossed"])
def test_kick_of_coupled_modes_has_the_covariance_of_the_diffusion_matrix(model, partner):
    """The part of a kick that is odd in the noise is sqrt(h) (K + c h): K K^T / 2 = S(state)."""
    n = model.n_modes
    wigner = truncated_wigner(model.hamiltonian(), model.jump_operators(), n, diffusion="leading")
    z, kick, p = _state(model, n_lanes=3), _kernels(model).kick.py_func, model.kernel_parameters("twa")

    def covariance(h, lane):
        total = np.zeros((2 * n, 2 * n))
        for part, channel in np.ndindex(2, model.n_noises):
            kicked = []
            for sign in (1.0, -1.0):
                noise, state = np.zeros((2, model.n_noises, 3)), z.copy()
                noise[part, channel] = sign
                kick(state, noise, h, p)
                kicked.append(state[:, :, lane].T.ravel())  # (Re, Im) of each mode
            column = (kicked[0] - kicked[1]) / (2 * np.sqrt(h))
            total += 0.5 * np.outer(column, column)
        return total

    for lane in range(3):
        found = 2 * covariance(1e-5, lane) - covariance(2e-5, lane)
        expected = wigner.diffusion_matrix(range(n), z[0, :, lane] + 1j * z[1, :, lane])
        np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-7 * np.abs(expected).max())
        assert np.abs(expected[:2, 2 * partner : 2 * partner + 2]).max() > 0.01, "the modes share a bath"


def test_square_root_of_a_matrix():
    rng = np.random.default_rng(0)
    for size, rank in ((4, 4), (4, 2), (5, 1), (3, 0)):
        half = rng.normal(size=(size, rank)) * np.logspace(0, -5, size)[:, None]
        factor = square_root(half @ half.T)
        assert factor.shape == (size, rank)
        np.testing.assert_allclose(factor @ factor.T, half @ half.T, atol=1e-12)
    # Entries that are known to rounding of the largest alone.
    nearly = np.array([[1.0, 1e-9], [1e-9, 1e-18 - 1e-16]])
    np.testing.assert_allclose(square_root(nearly) @ square_root(nearly).T, nearly, atol=1e-15)
    for bad in (np.diag([1.0, -0.1]), np.array([[0.0, 0.1], [0.1, 1.0]]), np.array([[1.0, 2.0], [2.0, 1.0]])):
        assert square_root(bad) is None
    assert square_root(np.full((2, 2), np.nan)) is None


def _short_run(model, n_lanes=16):
    return simulate_ensemble(
        model,
        TimeGrid.from_times(0.02, 0.2, 2.0),
        start=[0.3] * model.n_modes,
        seed=11,
        trajectories=range(n_lanes),
        batch_size=n_lanes,
        reduction=Reduction(paths=range(n_lanes)),
    )


def test_ensembles_follow_the_hand_written_paths():
    """Same seed, same noise: paths agree to rounding while they are short."""
    model = HAND_WRITTEN["dimer, exact"]
    expected, found = _short_run(model), _short_run(_derived(model))
    assert np.ptp(expected.paths[-1, 0].real) > 0.1
    np.testing.assert_allclose(found.paths, expected.paths, atol=1e-10)
    np.testing.assert_allclose(found.moments, expected.moments, rtol=1e-9, atol=1e-10)


PROBE = """
    import json, sys
    sys.path.insert(0, {folder!r})
    from test_derived_model import HAND_WRITTEN, _compiled, _derived, _short_run
    model = _derived(HAND_WRITTEN["dimer, exact"])
    total = _short_run(model).moments.sum()
    stats = _compiled(model).run_segment.stats
    print(json.dumps([sum(stats.cache_hits.values()), sum(stats.cache_misses.values()), total]))
"""


@pytest.mark.slow
def test_a_new_process_finds_the_compiled_kernels():
    here = _short_run(_derived(HAND_WRITTEN["dimer, exact"])).moments.sum()
    probe = textwrap.dedent(PROBE.format(folder=str(Path(__file__).parent)))
    output = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert json.loads(output.stdout) == [1, 0, here]


def test_dephasing_ensemble_decays_as_in_quantum_mechanics():
    """L = a†a: <a> decays at half the rate and the photon number stays; beside it a squeezed bath, exactly.

    Noise and drift of both modes are linear and commute, so that a step has no error but that of its Runge-Kutta parts.
    """
    rate, h, time, squeeze = 0.3, 0.02, 1.0, 0.5
    u, v = math.cosh(squeeze), math.sinh(squeeze)
    model = DerivedModel(
        hamiltonian=0.4 * number(0),
        jump_operators=[(rate, number(0)), (1.0, u * B + v * B.adjoint())],
    )
    assert model.n_noises == 2 and model.charges == ((1, 0),)
    grid = TimeGrid.from_times(h, time, time)
    ensemble = simulate_ensemble(
        model, grid, start=[1.2, 0.5], seed=3, trajectories=range(2**13), reduction=Reduction(moment_order=2)
    )
    mean, error = batch_mean(ensemble.moments[:, -1], ensemble.weights)
    found = {name: (mean[:, k], error[:, k]) for k, name in enumerate(ensemble.moment_names)}
    amplitude = 1.2 * np.exp((-0.4j - 0.5 * rate) * time)
    density = 1.2**2 + 0.5
    decay = math.exp(-time)
    exact = {
        "re_a": (amplitude.real, 0.5 * math.exp(-0.5 * time)),
        "im_a": (amplitude.imag, 0.0),
        "abs2": (density, 0.25 * decay + 0.5 * decay + (1 - decay) * 0.5 * (u * u + v * v)),
        "re_aa": ((1.2**2 * np.exp((-0.8j - 2 * rate) * time)).real, 0.25 * decay - (1 - decay) * u * v),
        "im_aa": ((1.2**2 * np.exp((-0.8j - 2 * rate) * time)).imag, 0.0),
    }
    for name, values in exact.items():
        value, spread = found[name]
        assert (spread < 0.03).all()
        assert (np.abs(value - values) < 4.5 * spread + 1e-4).all(), name
    assert abs(found["re_aa"][0][1]) > 20 * found["re_aa"][1][1], "squeezing is seen"


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        # gamma/2 - eta = 0.25 - 1
        ({"jump_operators": [(1.0, A**2), (0.5, A)]}, r"origin: <\|d\(alpha_0\)\|²>/dt is -0.75, allowed is >= 0"),
        # The same limit as the hand-written dimer's: aleph >= 2 with a pump of 1 against eta = 1.
        (
            {"jump_operators": KerrDimer(aleph=1.5).jump_operators(), "field_scale": math.sqrt(1.5)},
            "negative at the origin",
        ),
        ({"jump_operators": [(1.0, A * B), (1.0, A + B)]}, r"an eigenvalue of the block of modes \(0, 1\) is -"),
        (
            {"jump_operators": [(0.1, A * B**2), (2.0, A), (2.0, B)]},
            r"modes \(0, 1\) has no square root of polynomials",
        ),
    ],
)
def test_noise_that_cannot_be_is_refused_where_it_is_asked_for(parameters, message):
    model = DerivedModel(hamiltonian=0.1 * KERR + number(1), **parameters)
    with pytest.raises(ValueError, match=message):
        _ = model.n_noises
    with pytest.raises(ValueError, match="diffusion='leading'"):
        _short_run(model)
    assert DerivedModel(hamiltonian=number(1), **parameters, diffusion="leading").n_noises > 0
    assert model.kernel_parameters("gpe").size and not hasattr(_kernels(model), "kick")


@pytest.mark.slow
def test_a_model_without_noise_has_its_other_equations():
    model = DerivedModel(hamiltonian=0.4 * number(0), jump_operators=[(1.0, A**2), (0.5, A)])
    grid = TimeGrid.from_times(0.05, 0.5, 3.0)
    mean_field = integrate(model, grid, start=[1.0])
    # dn/dt = -2 n² - n/2 without noise.
    exact = 0.5 / ((0.5 + 2.0) * np.exp(0.5 * grid.times) - 2.0)
    np.testing.assert_allclose(np.abs(mean_field.states[0, 0]) ** 2, exact, atol=1e-5)
    assert noise_channels(model, "runge_kutta", bath_noise=False) == 0
    quiet = load_stepper(model, "runge_kutta", "double", "gaussian", bath_noise=False)
    z, kicked = _state(model), _state(model)
    quiet.kick.py_func(kicked, np.empty((2, 0, 5)), 0.1, model.kernel_parameters("gpe"))
    np.testing.assert_array_equal(kicked, z)


@pytest.mark.slow
def test_a_run_without_noise_has_none_of_its_drift():
    """The correction that Stratonovich's sense asks for belongs to the noise, and goes with it."""
    model = DerivedModel(hamiltonian=0.4 * number(0), jump_operators=[(0.5, number(0))])
    ensemble = simulate_ensemble(
        model, TimeGrid.from_times(0.05, 2.0, 2.0), start=[1.0], seed=1, trajectories=range(4), bath_noise=False,
        sampled_start=False, reduction=Reduction(final_states=True), batch_size=4,
    )  # fmt: skip
    np.testing.assert_allclose(ensemble.states, np.exp((-0.4j - 0.25) * 2.0), atol=1e-6)


def test_noise_that_turns_negative_on_the_way_is_not_clipped():
    """Three-photon loss: the exact strength is positive at the origin and negative about |alpha|² = 1."""
    model = DerivedModel(hamiltonian=number(0), jump_operators=[(1.0, A**3)])
    kernels, p = _kernels(model), model.kernel_parameters("twa")
    wigner = truncated_wigner(model.hamiltonian(), model.jump_operators(), 1)
    for amplitude, negative in ((0.1, False), (1.0, True), (2.5, False)):
        assert (wigner.diffusion[0, 0](np.array([amplitude])).real < 0) == negative
        z = np.array([[[amplitude]], [[0.0]]])
        kernels.kick.py_func(z, np.ones((2, 1, 1)), 0.01, p)
        assert np.isnan(z).all() == np.isnan(z).any() == negative
    # The strength is (9/2)(n² - 2 n + 1/2), n = |alpha|²: negative within 1 -+ sqrt(1/2).
    told = str(DivergenceError("a trajectory", 1.0, 0.01, model.negative_diffusion()))
    assert "negative where |alpha_0|² is about 0.29 to 1.7; diffusion='leading'" in told and "time_step" not in told
    for positive in (model.model_copy(update={"diffusion": "leading"}), COUPLED):
        assert positive.negative_diffusion() is None


def _operators(model):
    return {"hamiltonian": model.hamiltonian(), "jump_operators": model.jump_operators()}


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"hamiltonian": 1j * number(0)}, "not Hermitian"),
        ({"hamiltonian": A}, "not Hermitian"),
        ({"hamiltonian": -0.5 * B.adjoint() * A}, r"its term \(-0\.5[+-]0j\) a†1\^1 a0\^1 is not among"),
        ({"hamiltonian": Polynomial({((-1, 1, 1),): 1.0})}, "mode is -1: allowed is a whole number >= 0"),
        ({"hamiltonian": number(0), "jump_operators": [(-1.0, A)]}, "jump operator 0 has rate -1"),
        ({"hamiltonian": number(0), "jump_operators": [(math.nan, A)]}, "rate nan"),
        ({"hamiltonian": number(0), "jump_operators": [(1.0, "a")]}, "is a str"),
        (
            {"hamiltonian": number(0), "jump_operators": [A]},
            "jump operator 0 is a Polynomial: allowed is a pair of a real",
        ),
        ({"hamiltonian": number(0), "jump_operators": A}, "jump operator 0 is a Polynomial: allowed is a pair"),
        ({"hamiltonian": number(0), "jump_operators": "ab"}, "jump operator 0 is a str: allowed is a pair"),
        (
            {"hamiltonian": number(0), "jump_operators": [(1.0, A), (1.0, A, 2)]},
            "jump operator 1 is a tuple: allowed is",
        ),
        ({"hamiltonian": number(0), "jump_operators": [(1j, A)]}, "jump operator 0 has rate 1j: allowed is a finite"),
        ({"hamiltonian": math.inf * number(0)}, "finite coefficients"),
        ({"hamiltonian": number(2), "n_modes": 2}, "allowed is at least the 3"),
        ({"hamiltonian": number(0), "field_scale": 0.0}, "field_scale"),
        ({"hamiltonian": 1.0}, "Polynomial"),
        ({"hamiltonian": number(0), "frequency": 1.0}, "frequency"),
    ],
)
def test_bad_models_are_refused(parameters, message):
    with pytest.raises(ValueError, match=message):
        DerivedModel(**parameters)


def test_numbers_do_not_change_the_compiled_code():
    models = [
        DerivedModel(hamiltonian=w * number(0) + u * KERR, jump_operators=[(k, A)])
        for w, u, k in ((1.0, 0.1, 0.5), (2.0, -0.3, 0.7), (1.0, 0.0, 0.5))
    ]
    same, other, linear = (model.kernel_module() for model in models)
    assert same == other != linear
    assert not np.array_equal(models[0].kernel_parameters("twa"), models[1].kernel_parameters("twa"))
    changed = models[0].model_copy(update={"hamiltonian_polynomial": models[1].hamiltonian()})
    np.testing.assert_array_equal(
        changed.kernel_parameters("gpe")[:3], models[1].kernel_parameters("gpe")[:3] * [5 / 7, 1, 1]
    )
    p = models[0].kernel_parameters("twa")
    p[:] = 0.0
    assert models[0].kernel_parameters("twa").any(), "callers cannot change the model"


def test_text_of_a_long_chain_is_as_short_as_that_of_a_short_one():
    lines = []
    for length in (4, 40):
        module = _kernels(_derived(BoseHubbardChain(length=length, drive_amplitude=1.0)))
        with open(module.__file__, encoding="utf-8") as file:
            lines.append(len(file.readlines()))
    assert lines[0] == lines[1]


def test_models_without_drift_or_noise():
    model = DerivedModel(hamiltonian=number(1), n_modes=3)
    z = _state(model)
    dz, kicked, jacobian = np.full_like(z, np.nan), z.copy(), np.full((6, 6), np.nan)
    kernels, p = _kernels(model), model.kernel_parameters("twa")
    kernels.drift.py_func(z, dz, p)
    kernels.kick.py_func(kicked, np.empty((2, 0, 5)), 0.1, p)
    kernels.jacobian.py_func(z[:, :, 0].ravel(), jacobian, p)
    np.testing.assert_array_equal(dz[0] + 1j * dz[1], [[0], [-1j], [0]] * (z[0] + 1j * z[1]))
    np.testing.assert_array_equal(kicked, z)
    assert np.count_nonzero(jacobian) == 2
    assert model.n_noises == 0 and len(model.charges) == 3


def test_a_model_is_a_value():
    model = DerivedModel(hamiltonian=number(0) + IDENTITY, jump_operators=[(0.5, A), (0.0, A**2)])
    assert model == DerivedModel(hamiltonian=number(0) + IDENTITY, jump_operators=[(0.5, A), (0.0, A**2)])
    assert model.jump_operators() == (JumpOperator(0.5, A),)
    plain = json.loads(json.dumps(model.model_dump(mode="json")))
    assert plain["hamiltonian_polynomial"] == [[[], 1.0, 0.0], [[[0, 1, 1]], 1.0, 0.0]]
    assert plain["dissipators"][0] == [0.5, [[[[0, 0, 1]], 1.0, 0.0]]]
    with pytest.raises(ValidationError, match="frozen"):
        model.field_scale = 2.0


def test_a_lost_cache_folder_is_written_again(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENKERR_CACHE_DIR", str(tmp_path))
    model = DerivedModel(hamiltonian=0.3 * number(0) + 0.1 * _hermitian(A**2), jump_operators=[])
    path = _kernels(model).__file__
    os.remove(path)
    assert _kernels(model).__file__ == path and os.path.exists(path)
    assert _compiled(model).__file__.startswith(str(tmp_path))
