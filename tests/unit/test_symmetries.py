"""Weak U(1) symmetries from operators alone."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openkerr.algebra.polynomials import IDENTITY, JumpOperator, Polynomial, annihilation, commutator, creation, number
from openkerr.algebra.symmetries import conserved_charges, integer_nullspace
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.models.kerr_dimer import KerrDimer

A, B, C = (annihilation(mode) for mode in range(3))


def _hermitian(operator):
    return operator + operator.adjoint()


def _charges(model):
    return conserved_charges(model.hamiltonian(), model.jump_operators(), model.n_modes)


def test_symmetries_of_the_models():
    dimer = KerrDimer(aleph=5.0, loss_rate=(0.1, 0.2), thermal_occupation=(0.5, 0.0))
    assert _charges(dimer) == [dimer.symmetry] == [(1, 2)]
    assert _charges(dimer.model_copy(update={"tunneling": 0.0})) == [(1, 0), (0, 1)]
    assert _charges(BoseHubbardChain(length=4, drive_amplitude=0.5)) == []
    assert _charges(BoseHubbardChain(length=4, drive_amplitude=0.0)) == [(1, 1, 1, 1)]
    # A drive on the first site leaves the charge of sites that it does not reach.
    assert _charges(BoseHubbardChain(length=3, drive_amplitude=0.5, hopping=0.0)) == [(0, 1, 0), (0, 0, 1)]


@pytest.mark.parametrize(
    ("hamiltonian", "jumps", "expected"),
    [
        (_hermitian(creation(0) ** 3 * B**2), [], [(2, 3)]),
        (_hermitian(creation(0) * creation(1) * C), [], [(1, 0, 1), (0, 1, 1)]),
        (_hermitian(A * B), [], [(1, -1)]),
        (_hermitian(A**2), [A], []),
        (number(0), [A + A.adjoint()], []),
        (number(0) + number(1), [A + B.adjoint()], [(1, -1)]),
        (number(0), [A + IDENTITY], []),
        (number(0), [A, A.adjoint(), number(0)], [(1,)]),
    ],
)
def test_symmetries_of_small_systems(hamiltonian, jumps, expected):
    assert conserved_charges(hamiltonian, [JumpOperator(0.3, jump) for jump in jumps]) == expected


def test_what_does_not_act_does_not_count():
    assert conserved_charges(number(0), [JumpOperator(0.0, A + A.adjoint())]) == [(1,)]
    assert conserved_charges(number(0), [], n_modes=2) == [(1, 0), (0, 1)]
    assert conserved_charges(Polynomial({}), []) == []


def test_charges_commute_with_the_hamiltonian():
    hamiltonian = _hermitian(0.3 * creation(0) ** 2 * B * C + 1.7j * creation(1) * C**2) + number(2) ** 2
    charges = conserved_charges(hamiltonian, [JumpOperator(1.0, creation(0) * B)])
    assert len(charges) == 1
    for weights in charges:
        generator = sum((w * number(k) for k, w in enumerate(weights)), Polynomial({}))
        assert commutator(generator, hamiltonian) == 0
        jump = creation(0) * B
        assert commutator(generator, jump) == -jump.charge(weights) * jump


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(-4, 4), min_size=4, max_size=4), max_size=4))
def test_integer_nullspace_spans_every_whole_solution(rows):
    basis = integer_nullspace(rows, 4)
    matrix = np.array(rows, dtype=int).reshape(-1, 4)
    rank = np.linalg.matrix_rank(matrix) if rows else 0
    assert len(basis) == 4 - rank
    for vector in basis:
        assert not (matrix @ vector).any()
    leads = [next(i for i, entry in enumerate(vector) if entry) for vector in basis]
    assert leads == sorted(set(leads)) and all(v[i] > 0 for v, i in zip(basis, leads, strict=True))
    small = np.array(list(itertools.product(range(-2, 3), repeat=4)))
    solutions = small[~(small @ matrix.T).any(axis=1)]
    if basis:
        parts = np.linalg.lstsq(np.array(basis, dtype=float).T, solutions.T.astype(float), rcond=None)[0]
        np.testing.assert_allclose(parts, np.round(parts), atol=1e-9)
    else:
        assert len(solutions) == 1
