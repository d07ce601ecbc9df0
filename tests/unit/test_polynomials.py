"""Operator algebra against matrices and known commutators."""

import re

import numpy as np
import pytest

from openkerr.algebra.polynomials import (
    IDENTITY,
    Polynomial,
    annihilation,
    commutator,
    creation,
    number,
)


def _random_polynomial(rng, n_modes=2, degree=2, n_terms=4):
    result = Polynomial({})
    for _ in range(n_terms):
        term = IDENTITY * complex(*rng.normal(size=2))
        for _ in range(rng.integers(1, 2 * degree)):
            mode = int(rng.integers(n_modes))
            term = term * (creation(mode) if rng.random() < 0.5 else annihilation(mode))
        result = result + term
    return result


def test_canonical_commutators():
    a, b = annihilation(0), annihilation(1)
    assert commutator(a, a.adjoint()) == IDENTITY
    assert commutator(a, b.adjoint()) == 0
    assert commutator(number(0), a**3) == -3 * a**3
    assert a**2 * creation(0) ** 2 == creation(0) ** 2 * a**2 + 4 * number(0) + 2


@pytest.mark.slow
def test_products_agree_with_matrices():
    rng = np.random.default_rng(7)
    cutoffs, keep = (14, 13), 5
    low = np.zeros(cutoffs, dtype=bool)
    low[:keep, :keep] = True
    low = low.ravel()
    for _ in range(20):
        left, right = _random_polynomial(rng), _random_polynomial(rng)
        exact = (left * right).matrix(cutoffs).toarray()[np.ix_(low, low)]
        # The plain matrix product is exact where intermediate states stay below the cutoff.
        product = (left.matrix(cutoffs) @ right.matrix(cutoffs)).toarray()[np.ix_(low, low)]
        np.testing.assert_allclose(exact, product, rtol=1e-12, atol=1e-10)


def test_adjoint_is_the_conjugate_transpose():
    rng = np.random.default_rng(8)
    for _ in range(10):
        p = _random_polynomial(rng)
        np.testing.assert_allclose(
            p.adjoint().matrix((5, 4)).toarray(), p.matrix((5, 4)).toarray().conj().T, rtol=1e-13
        )


def test_charge():
    tunnel = creation(0) ** 2 * annihilation(1)
    assert tunnel.charge((1, 2)) == 0
    assert annihilation(1).charge((1, 2)) == 2
    assert (tunnel + annihilation(0)).charge((1, 2)) is None
    assert commutator(number(0) + 2 * number(1), tunnel) == 0


def test_polynomials_are_values():
    p = 2 * annihilation(0) - creation(1) + 3
    assert p == 3 - creation(1) + annihilation(0) * 2
    assert hash(p) == hash(3 - creation(1) + annihilation(0) * 2)
    assert p - p == 0
    assert repr(creation(0) ** 2 * annihilation(1)) == "(1+0j) a†0^2 a1^1"
    with pytest.raises(TypeError):
        p["a"]


def test_division_by_numbers():
    assert number(0) / 2 == 0.5 * number(0)


@pytest.mark.parametrize(
    ("join", "line"),
    [
        (lambda n: n / n, "a polynomial is divided by a Polynomial: allowed is a number"),
        (lambda n: n / "a", "a polynomial is divided by a str: allowed is a number"),
        (lambda n: n / 0, "a polynomial is divided by 0: allowed is another number"),
        (lambda n: n * "2", "a polynomial is joined with a str: allowed are polynomials and numbers"),
        (lambda n: n * [1], "a polynomial is joined with a list: allowed are polynomials and numbers"),
        (lambda n: n - None, "a polynomial is joined with a NoneType: allowed are polynomials and numbers"),
        (lambda n: n**-1, "exponent is -1: allowed is a whole number of at least 0"),
        (lambda n: n**0.5, "exponent is 0.5: allowed is a whole number of at least 0"),
    ],
)
def test_what_is_no_algebra_is_refused(join, line):
    with pytest.raises((TypeError, ValueError), match=f"^{re.escape(line)}$"):
        join(number(0))
    assert number(0) != "n"
    assert number(0) is not None


@pytest.mark.parametrize("mode", [-1, "a", 0.5, True])
@pytest.mark.parametrize("operator", [annihilation, creation, number])
def test_what_numbers_no_mode_is_refused(operator, mode):
    with pytest.raises(ValueError, match="allowed is a whole number >= 0"):
        operator(mode)
    assert operator(np.int64(1)) == operator(1)
