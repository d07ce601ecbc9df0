"""The ion's effective rates and shifts against the master equation that still has the internal states (QuTiP)."""

from pathlib import Path

import numpy as np
import pytest
import qutip

from openkerr.models.trapped_ion import IonTarget, TrappedIon
from openkerr.run.config import load_config

ROOT = Path(__file__).resolve().parents[2]
BLOCK = load_config(ROOT / "tests/config/tiny.yaml").torus.trapped_ion
LOWER = qutip.basis(2, 0) * qutip.basis(2, 1).dag()  # excited state 1 → ground state 0


def ion(**changes):
    return TrappedIon(**BLOCK.lasers.model_dump() | changes, model=IonTarget(**BLOCK.model.model_dump()))


def decay(full, start, observable, time):
    """Return ln of an expectation value's ratio between one and two times, from a Liouvillian and a start."""
    vector = qutip.operator_to_vector(start)
    left = [qutip.expect(observable, qutip.vector_to_operator((k * time * full).expm() * vector)) for k in (1, 2)]
    return np.log(left[0] / left[1])


def pump_error(strength):
    """Relative error of the growth rate of the first phonon out of the vacuum, lasers weakened by a factor."""
    one = ion(pump_rabi_frequency=(strength * 15.0, 4.77), loss_rabi_frequency=(strength * 37.7 * 15 / 4.77, 37.7))
    lasers = BLOCK.lasers
    a = qutip.tensor(qutip.qeye(2), qutip.destroy(2))
    lower = qutip.tensor(LOWER, qutip.qeye(2))
    coupling = lasers.pump_lamb_dicke[0] * strength * 15.0 / 2
    hamiltonian = coupling * (lower.dag() * a.dag() + lower * a)
    full = qutip.liouvillian(hamiltonian, [np.sqrt(lasers.pump_decay[0]) * lower])
    start = qutip.tensor(qutip.basis(2, 0), qutip.basis(2, 0)).proj()
    # With one phonon at most the vacuum empties at gamma, and nothing comes back.
    return decay(full, start, a * a.dag(), 1 / one.pump_rate[0]) - 1


def test_the_pump_rate_is_the_decay_of_the_vacuum_to_second_order():
    errors = [pump_error(strength) for strength in (1.0, 0.5)]
    assert 1e-4 < abs(errors[0]) < 0.05
    assert errors[0] / errors[1] == pytest.approx(4.0, rel=0.1)


def loss_error(strength):
    """Relative error of the decay rate of two phonons, 2 eta."""
    one = ion(loss_rabi_frequency=(strength * 120.0, 37.7), pump_rabi_frequency=(strength * 15.0, 4.77))
    lasers = BLOCK.lasers
    a = qutip.tensor(qutip.qeye(2), qutip.destroy(3))
    lower = qutip.tensor(LOWER, qutip.qeye(3))
    coupling = lasers.loss_lamb_dicke[0] ** 2 * strength * 120.0 / 4
    hamiltonian = coupling * (lower.dag() * a**2 + lower * a.dag() ** 2)
    full = qutip.liouvillian(hamiltonian, [np.sqrt(lasers.loss_decay[0]) * lower])
    start = qutip.tensor(qutip.basis(2, 0), qutip.basis(3, 2)).proj()
    return decay(full, start, a.dag() ** 2 * a**2, 1 / (2 * one.two_phonon_loss_rate[0])) - 1


def test_the_two_phonon_loss_rate_is_the_decay_of_two_phonons_to_second_order():
    errors = [loss_error(strength) for strength in (1.0, 0.5)]
    assert 1e-4 < abs(errors[0]) < 0.05
    assert errors[0] / errors[1] == pytest.approx(4.0, rel=0.1)


def test_pump_and_loss_together_have_the_steady_state_of_the_effective_equation():
    """One mode with two internal transitions of its own; the gap to the effective mean shrinks with the ratios."""
    size, gaps = 12, []
    a = qutip.destroy(size)
    for strength in (1.0, 0.5):
        one = ion(
            pump_rabi_frequency=(20.0 * strength, 4.77), pump_lamb_dicke=(0.08, 0.08),
            loss_rabi_frequency=(500.0 * strength, 37.7),
        )  # fmt: skip
        motion = qutip.tensor(qutip.qeye(2), qutip.qeye(2), a)
        pump = qutip.tensor(LOWER, qutip.qeye(2), qutip.qeye(size))
        loss = qutip.tensor(qutip.qeye(2), LOWER, qutip.qeye(size))
        lasers = BLOCK.lasers
        g_pump = lasers.pump_lamb_dicke[0] * 20.0 * strength / 2
        g_loss = lasers.loss_lamb_dicke[0] ** 2 * 500.0 * strength / 4
        hamiltonian = g_pump * (pump.dag() * motion.dag() + pump * motion)
        hamiltonian += g_loss * (loss.dag() * motion**2 + loss * motion.dag() ** 2)
        jumps = [np.sqrt(lasers.pump_decay[0]) * pump, np.sqrt(lasers.loss_decay[0]) * loss]
        full = qutip.expect(motion.dag() * motion, qutip.steadystate(hamiltonian, jumps))
        rates = (np.sqrt(one.pump_rate[0]) * a.dag(), np.sqrt(one.two_phonon_loss_rate[0]) * a**2)
        gaps.append(full / qutip.expect(a.dag() * a, qutip.steadystate(0 * a, rates)) - 1)
    assert 1e-4 < abs(gaps[0]) < 0.1
    assert gaps[0] / gaps[1] == pytest.approx(4.0, rel=0.2)


@pytest.mark.parametrize("detuning", [500.0, -500.0])
def test_tunneling_and_both_shifts_are_those_of_the_three_level_block(detuning):
    """|g, 2, 0>, |g, 0, 1> and |e, 0, 0> are closed but for the decay, which gives the eigenvalues imaginary parts."""
    errors = []
    for strength in (1.0, 0.5):
        rabi = (60.0 * strength, 120.0 * strength)
        one = ion(tunneling_rabi_frequency=rabi, tunneling_detuning=detuning)
        first, second = one.tunneling_couplings
        states = [qutip.tensor(qutip.basis(2, internal), qutip.basis(3, n), qutip.basis(3, m))
                  for internal, n, m in ((0, 2, 0), (0, 0, 1), (1, 0, 0))]  # fmt: skip
        lower = qutip.tensor(LOWER, qutip.qeye(3), qutip.qeye(3))
        a_1, a_2 = (qutip.tensor(qutip.qeye(2), *pair) for pair in
                    ((qutip.destroy(3), qutip.qeye(3)), (qutip.qeye(3), qutip.destroy(3))))  # fmt: skip
        bright = first * a_1**2 + second * a_2
        hamiltonian = lower.dag() * bright + bright.dag() * lower
        # In the lasers' frame the excited state lies at minus the detuning.
        hamiltonian -= (detuning + 0.5j * one.tunneling_decay) * lower.dag() * lower
        block = np.array([[row.overlap(hamiltonian * column) for column in states] for row in states])
        exact = sorted(np.linalg.eigvals(block), key=lambda value: abs(value))[:2]
        # U/2 a†²a² of two phonons is U; a_1†² a_2 between the two states gives sqrt(2).
        two, one_phonon = one.kerr_shift, one.stark_shift
        exchange = np.sqrt(2) * one.tunneling * np.sign(detuning)
        loss_two, loss_one = one.scattering_rates
        mixed = np.sqrt(2 * loss_two * loss_one)
        off = exchange - 0.5j * mixed
        effective = np.array([[two - 1j * loss_two, off], [off, one_phonon - 0.5j * loss_one]])
        expected = sorted(np.linalg.eigvals(effective), key=lambda value: abs(value))
        # The dark combination stays at zero in both; the bright one has all shifts and the coupling in it.
        assert abs(exact[0]) < 1e-12 and abs(expected[0]) < 1e-12
        errors.append(abs(exact[1] - expected[1]) / abs(exact[1]))
    assert errors[0] < 1e-3
    assert errors[0] / errors[1] == pytest.approx(4.0, rel=0.05)
