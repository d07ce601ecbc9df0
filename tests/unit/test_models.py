"""Kernels of the models against their operators, finite differences and symmetries."""

import numpy as np
import pytest
from pydantic import ValidationError

from openkerr.algebra.polynomials import annihilation, commutator
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.models.kerr_dimer import KerrDimer

MODELS = {
    "dimer": KerrDimer(
        aleph=7.0,
        omega=(0.9, 1.3),
        kerr=(0.1, -0.2),
        tunneling=0.45,
        pump_rate=(1.1, 0.8),
        two_photon_loss_rate=(1.0, 1.4),
        loss_rate=(0.3, 0.2),
        thermal_occupation=(0.5, 1.5),
    ),
    "chain": BoseHubbardChain(length=5, drive_amplitude=1.7, intrinsic_loss_rate=0.2),
    "uniform chain": BoseHubbardChain(length=3, drive_amplitude=0.6, geometry="uniform", kerr=-0.3),
}


def _drift(model, fields, method="twa"):
    """Drift at fields of shape (n_modes, n_lanes)."""
    kernels = model.kernel_module()
    z = np.array([fields.real, fields.imag])
    dz = np.empty_like(z)
    kernels.drift(z, dz, model.kernel_parameters(method))
    return dz[0] + 1j * dz[1]


def _fields(model, n_lanes=6, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(model.n_modes, n_lanes)) + 1j * rng.normal(size=(model.n_modes, n_lanes))


def _coherent_expectation(polynomial, alpha):
    """Normally ordered polynomial in a coherent state: a -> alpha, a† -> alpha*."""
    return sum(
        value * np.prod([alpha[k].conj() ** p * alpha[k] ** q for k, p, q in key], axis=0)
        for key, value in polynomial.terms.items()
    )


@pytest.mark.parametrize("name", MODELS)
def test_gross_pitaevskii_drift_follows_from_the_operators(name):
    model = MODELS[name]
    scale = np.sqrt(getattr(model, "aleph", 1.0))
    fields = _fields(model)
    hamiltonian = model.hamiltonian()
    for mode in range(model.n_modes):
        a = annihilation(mode)
        rate = 1j * commutator(hamiltonian, a)
        for gamma, jump in model.jump_operators():
            dagger = jump.adjoint()
            rate = rate + 0.5 * gamma * (dagger * commutator(a, jump) + commutator(dagger, a) * jump)
        expected = _coherent_expectation(rate, scale * fields) / scale
        np.testing.assert_allclose(_drift(model, fields, "gpe")[mode], expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("method", ["gpe", "twa"])
@pytest.mark.parametrize("name", MODELS)
def test_jacobian_is_the_derivative_of_the_drift(name, method):
    model = MODELS[name]
    kernels = model.kernel_module()
    p = model.kernel_parameters(method)
    fields = _fields(model, 1, seed=3)[:, 0]
    x = np.concatenate([fields.real, fields.imag])
    jacobian = np.full((x.size, x.size), np.nan)
    kernels.jacobian(x, jacobian, p)

    def flat(state):
        z = state.reshape(2, model.n_modes, -1)
        dz = np.empty_like(z)
        kernels.drift(np.ascontiguousarray(z), dz, p)
        return dz.reshape(x.size, -1)

    # The drift is a cubic polynomial: Richardson's extrapolation of the central difference is exact up to rounding.
    def central(step):
        shifts = step * np.eye(x.size)
        return (flat(x[:, None] + shifts) - flat(x[:, None] - shifts)) / (2 * step)

    numeric = (4 * central(0.05) - central(0.1)) / 3
    np.testing.assert_allclose(jacobian, numeric, rtol=0, atol=1e-12 * np.abs(jacobian).max() * 10)


def test_dimer_is_covariant_under_its_symmetry():
    model = MODELS["dimer"]
    fields = _fields(model)
    phase = np.exp(-1j * 0.7 * np.array(model.symmetry))[:, None]
    np.testing.assert_allclose(_drift(model, phase * fields), phase * _drift(model, fields), rtol=1e-13, atol=1e-13)
    number = annihilation(0).adjoint() * annihilation(0) + 2 * annihilation(1).adjoint() * annihilation(1)
    assert commutator(number, model.hamiltonian()) == 0
    assert all(jump.operator.charge(model.symmetry) is not None for jump in model.jump_operators())
    # The planted error: other weights are no symmetry.
    wrong = np.exp(-1j * 0.7 * np.array([1, 1]))[:, None]
    assert not np.allclose(_drift(model, wrong * fields), wrong * _drift(model, fields))


@pytest.mark.parametrize("name", ["chain", "uniform chain"])
def test_chain_with_all_signs_changed_is_the_mirror_image(name):
    model = MODELS[name]
    mirror = model.model_copy(update={"detuning": -model.detuning, "hopping": -model.hopping, "kerr": -model.kerr})
    fields = _fields(model)
    np.testing.assert_allclose(_drift(mirror, -fields.conj()), -_drift(model, fields).conj(), rtol=1e-13, atol=1e-13)
    half = model.model_copy(update={"detuning": -model.detuning, "kerr": -model.kerr})
    assert not np.allclose(_drift(half, -fields.conj()), -_drift(model, fields).conj())


def test_truncated_wigner_drift_differs_by_the_ordering_of_the_interaction():
    fields = _fields(MODELS["chain"])
    difference = _drift(MODELS["chain"], fields, "twa") - _drift(MODELS["chain"], fields, "gpe")
    np.testing.assert_allclose(difference, 1j * MODELS["chain"].kerr * fields, rtol=1e-11, atol=1e-12)
    dimer, fields = MODELS["dimer"], _fields(MODELS["dimer"])
    coupling = (np.array(dimer.two_photon_loss_rate) + 1j * np.array(dimer.kerr))[:, None]
    difference = _drift(dimer, fields, "twa") - _drift(dimer, fields, "gpe")
    np.testing.assert_allclose(difference, coupling / dimer.aleph * fields, rtol=1e-11, atol=1e-12)


def test_noise_strengths():
    dimer = KerrDimer(aleph=10.0, loss_rate=(0.4, 0.0), thermal_occupation=(2.0, 5.0))
    assert dimer.additive_noise() == pytest.approx(((0.5 + 0.4 * 2.5) / 10, 0.05))
    exact = dimer.model_copy(update={"two_photon_diffusion": "exact"})
    assert exact.additive_noise() == pytest.approx(((1.5 - 0.1) / 10, (0.5 - 0.1) / 10))
    chain = BoseHubbardChain(length=4, drive_amplitude=1, intrinsic_loss_rate=0.5, thermal_occupation=0.9)
    assert chain.site_occupations() == pytest.approx([0.6, 0, 0, 0.6]), "baths of both kinds share the ends"
    assert BoseHubbardChain(length=4, drive_amplitude=1).n_noises == 2
    assert BoseHubbardChain(length=4, drive_amplitude=1, intrinsic_loss_rate=0.1).n_noises == 4
    assert BoseHubbardChain(length=4, drive_amplitude=1, geometry="uniform").n_noises == 4


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"aleph": 0.0}, "aleph"),
        ({"aleph": float("nan")}, "aleph"),
        ({"aleph": 5.0, "pump_rate": (1.0, -0.1)}, "pump_rate"),
        ({"aleph": 5.0, "omega": (1.0,)}, "omega"),
        ({"aleph": 5.0, "detuning": 1.0}, "detuning"),
        ({"aleph": 1.5, "two_photon_diffusion": "exact"}, "allowed is aleph >= 2"),
    ],
)
def test_bad_dimers_are_refused(parameters, message):
    with pytest.raises(ValueError, match=message):
        KerrDimer(**parameters)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"length": 1, "drive_amplitude": 1.0}, "length"),
        ({"length": 4, "drive_amplitude": -1.0}, "drive_amplitude"),
        ({"length": 4, "drive_amplitude": 1.0, "geometry": "ring"}, "geometry"),
        ({"length": 4, "drive_amplitude": 1.0, "loss_rate": float("inf")}, "loss_rate"),
    ],
)
def test_bad_chains_are_refused(parameters, message):
    with pytest.raises(ValueError, match=message):
        BoseHubbardChain(**parameters)


def test_models_are_frozen():
    with pytest.raises(ValidationError, match="frozen"):
        MODELS["dimer"].aleph = 3.0
