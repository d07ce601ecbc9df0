"""The chain driven by n photons, docs/example: its symmetry, its first member, and truncated Wigner at its two ends."""

import numpy as np
import pytest

from openkerr.algebra.polynomials import Polynomial
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.run.extensions import load_module

FOLDER = "docs/example/n_photon_chain"
MODEL = {"detuning": 2.5, "hopping": 2.0, "kerr": 0.1, "loss_rate": 1.0}
PHYSICS = load_module(FOLDER, "physics")
JOB = {
    "kind": "dimer", "length": 2, "order": 2, "model": MODEL, "n_trajectories": 2048, "batch_size": 64,
    "time_step": 0.03125, "sampling_interval": 1.0, "burn_in": 20.0, "averaging_time": 60.0, "tolerance": 1e-4,
}  # fmt: skip


def rotated(operator, angle):
    """The operator with every a_l turned into exp(i angle) a_l."""
    turned = {}
    for key, value in operator.terms.items():
        lowered = sum(q - p for _, p, q in key)
        turned[key] = value * np.exp(1j * angle * lowered)
    return Polynomial(turned)


def largest(operator):
    return max(map(abs, operator.terms.values()), default=0.0)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_the_hamiltonian_is_that_of_a_turn_by_an_nth_and_of_no_smaller_one(order):
    hamiltonian = PHYSICS.n_photon_chain(order, 3, 0.7, **MODEL).hamiltonian()
    assert largest(rotated(hamiltonian, 2 * np.pi / order) - hamiltonian) < 1e-12
    assert largest(rotated(hamiltonian, 2 * np.pi / (order + 1)) - hamiltonian) > 0.1


def test_one_photon_at_a_time_is_the_published_chain():
    ours = PHYSICS.n_photon_chain(1, 4, 0.7, **MODEL)
    published = BoseHubbardChain(length=4, drive_amplitude=0.7, **MODEL)
    assert largest(ours.hamiltonian() - published.hamiltonian()) < 1e-12
    assert sorted(map(repr, ours.jump_operators())) == sorted(map(repr, published.jump_operators()))


@pytest.mark.slow
def test_parity_of_two_sites_is_exact_and_truncated_wigner_agrees_where_photons_are_few():
    data = PHYSICS.simulate({**JOB, "drive_amplitude": 0.2}, seed=3)
    # Parity: no field, but a mean of its square.
    for part in ("exact_field_real", "exact_field_imag"):
        assert np.abs(data[part]).max() < 1e-9
    assert (data["exact_phase_order"] > 0.05).all()
    for part in ("twa_field_real", "twa_field_imag"):
        assert (np.abs(data[part]) < 4.5 * data[f"{part}_stderr"]).all()
    # U acts by U n here: truncated Wigner adds a tenth of U/gamma to each number.
    for name, bias in (("photon_number", 0.01), ("phase_order", 0.01)):
        off = np.abs(data[f"twa_{name}"] - data[f"exact_{name}"])
        assert (off < 4.5 * np.hypot(data[f"twa_{name}_stderr"], data[f"exact_{name}_stderr"]) + bias).all(), name
    assert (data["twa_photon_number_stderr"] < 0.1 * data["exact_photon_number"] + 2e-3).all()


@pytest.mark.slow
def test_truncated_wigner_is_the_mean_field_where_noise_is_weak():
    """U -> s U scales fields by 1/sqrt(s) beside the vacuum's noise."""
    job = {**JOB, "model": MODEL | {"kerr": 1e-3}, "drive_amplitude": 1.5, "start": 30.0, "n_trajectories": 64,
           "batch_size": 4, "burn_in": 60.0}  # fmt: skip
    model = PHYSICS.n_photon_chain(2, 2, 1.5, **job["model"])
    quantum, classical = (PHYSICS.ensemble(model, method, job, 5) for method in ("twa", "gpe"))
    for name, least in (("photon_number", 100.0), ("phase_order", 0.9)):
        twa, error, gpe = quantum[f"twa_{name}"][1], quantum[f"twa_{name}_stderr"][1], classical[f"gpe_{name}"][1]
        assert (gpe > least).all()
        assert (np.abs(twa / gpe - 1.0) < 4.5 * error / gpe + 0.01).all(), name
