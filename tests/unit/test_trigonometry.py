"""Vectorised cosine and sine against the library's."""

import numpy as np
import pytest
from numba import njit

from openkerr.numerics.compilation import OPTIONS
from openkerr.numerics.trigonometry import cos_sin_turns


@njit(**OPTIONS)
def _fill(turns, cosine, sine):
    for index in range(turns.size):
        cosine[index], sine[index] = cos_sin_turns(turns[index])


@pytest.mark.parametrize(("dtype", "bound"), [(np.float64, 3e-13), (np.float32, 1e-6)])
@pytest.mark.parametrize("reach", [0.5, 5.0, 300.0])
def test_cosine_and_sine_of_many_turns(dtype, bound, reach):
    turns = np.linspace(-reach, reach, 200_001).astype(dtype)
    cosine, sine = np.empty_like(turns), np.empty_like(turns)
    _fill(turns, cosine, sine)
    # Turns are taken off before the rest is scaled, in extended precision, so that the reference does not round.
    rest = 2 * np.pi * (turns - np.rint(turns)).astype(float)
    assert np.abs(cosine - np.cos(rest)).max() < bound
    assert np.abs(sine - np.sin(rest)).max() < bound
    assert cosine.dtype == dtype
    np.testing.assert_allclose(cosine[[0, -1]], [cos_sin_turns(float(t))[0] for t in turns[[0, -1]]], atol=1e-6)


def test_the_modulus_is_kept():
    turns = np.random.default_rng(1).uniform(-3, 3, 100_000)
    cosine, sine = np.empty_like(turns), np.empty_like(turns)
    _fill(turns, cosine, sine)
    assert np.abs(cosine**2 + sine**2 - 1).max() < 1e-12
