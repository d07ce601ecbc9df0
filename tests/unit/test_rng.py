"""The generator against published vectors, and the normals against NumPy and their moments."""

import math
from itertools import pairwise

import numpy as np
import pytest
from numba import njit

from openkerr.numerics import rng
from openkerr.numerics.compilation import OPTIONS

pytestmark = pytest.mark.slow

# Random123 1.14, tests/kat_vectors, philox4x32 with 10 rounds: counter, key, result.
KNOWN_ANSWERS = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@njit(**OPTIONS)
def _philox(counter, key):
    return rng.philox4x32(counter[0], counter[1], counter[2], counter[3], key[0], key[1])


@njit(**OPTIONS)
def _fill(noise, seed, first, step, purpose):
    rng.fill_complex_normals(noise, seed, first, step, purpose)


def _philox_reference(counter, key):
    """Philox4x32-10 in Python integers."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        a, b = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = (b >> 32) ^ c1 ^ k0, b & 0xFFFFFFFF, (a >> 32) ^ c3 ^ k1, a & 0xFFFFFFFF
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return c0, c1, c2, c3


def _normals_reference(seed, trajectory, step, channel, purpose):
    words = _philox_reference(
        (step, channel // 2 + (purpose << 16), trajectory & 0xFFFFFFFF, trajectory >> 32),
        (seed & 0xFFFFFFFF, seed >> 32),
    )
    radius, turn = words[2 * (channel % 2) : 2 * (channel % 2) + 2]
    return np.sqrt(-np.log((radius + 0.5) / 2**32)) * np.exp(2j * np.pi * turn / 2**32)


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN_ANSWERS)
def test_known_answers(counter, key, answer):
    result = _philox(np.array(counter, dtype=np.uint64), np.array(key, dtype=np.uint64))
    assert tuple(int(word) for word in result) == answer
    assert _philox_reference(counter, key) == answer


@pytest.mark.parametrize("n_channels", [1, 2, 3, 10])
def test_normals_equal_their_plain_twin(n_channels):
    seed, first, step, purpose = 0xFEDCBA9876543210, 2**32 - 3, 4_000_000_000, rng.BRIDGE
    noise = np.empty((2, n_channels, 8))
    _fill(noise, np.uint64(seed), first, step, purpose)
    expected = [
        [_normals_reference(seed, first + lane, step, channel, purpose) for lane in range(8)]
        for channel in range(n_channels)
    ]
    np.testing.assert_allclose(noise[0] + 1j * noise[1], expected, rtol=0, atol=1e-10)


def test_noise_does_not_depend_on_the_block():
    wide, narrow = np.empty((2, 3, 64)), np.empty((2, 3, 8))
    _fill(wide, np.uint64(5), 0, 17, rng.DYNAMICS)
    _fill(narrow, np.uint64(5), 40, 17, rng.DYNAMICS)
    np.testing.assert_array_equal(wide[:, :, 40:48], narrow)


def test_every_name_of_a_draw_matters():
    base = {"seed": np.uint64(5), "first": 0, "step": 1, "purpose": 0}
    reference = np.empty((2, 4, 8))
    _fill(reference, **base)
    assert np.unique(reference).size == reference.size
    for name, value in {"seed": np.uint64(6), "first": 64, "step": 2, "purpose": 1}.items():
        other = np.empty_like(reference)
        _fill(other, **{**base, name: value})
        assert np.intersect1d(reference, other).size == 0, name


def test_moments_of_the_normals():
    noise = np.empty((2, 2, 4096))
    blocks = []
    for step in range(256):
        _fill(noise, np.uint64(2024), 0, step, rng.DYNAMICS)
        blocks.append(noise[0] + 1j * noise[1])
    z = np.concatenate([block.ravel() for block in blocks])
    n = z.size
    # <|z|^2> = 1, <|z|^4> = 2, <|z|^8> = 24; standard errors from the exact moments of an exponential law.
    assert abs(np.mean(z)) < 4.5 * np.sqrt(1 / n)
    assert abs(np.mean(z**2)) < 4.5 * np.sqrt(2 / n)
    assert abs(np.mean(np.abs(z) ** 2) - 1) < 4.5 * np.sqrt(1 / n)
    assert abs(np.mean(np.abs(z) ** 4) - 2) < 4.5 * np.sqrt((24 - 4) / n)
    assert abs(np.mean(np.abs(z) ** 8) - 24) < 4.5 * np.sqrt((40320 - 24**2) / n)
    channels = np.stack([block[0] * block[1].conj() for block in blocks])
    steps = np.stack([a * b.conj() for a, b in pairwise(blocks)])
    lanes = np.stack([block[:, 1:] * block[:, :-1].conj() for block in blocks])
    for products in (channels, steps, lanes):
        assert abs(np.mean(products)) < 4.5 / np.sqrt(products.size)


def test_normals_pass_a_kolmogorov_smirnov_test():
    from scipy import stats

    noise = np.empty((2, 2, 65536))
    _fill(noise, np.uint64(99), 0, 0, rng.DYNAMICS)
    for part in noise.reshape(4, -1):
        assert stats.kstest(part * np.sqrt(2), "norm").pvalue > 1e-5


def test_stream_seeds_name_the_ensemble():
    seeds = {rng.stream_seed(seed, "torus", aleph) for seed in (1, 2) for aleph in (200.0, 4000.0)}
    assert len(seeds) == 4
    assert rng.stream_seed(1, {"b": 1, "a": 2}) == rng.stream_seed(1, {"a": 2, "b": 1})
    assert 0 <= min(seeds) and max(seeds) < 2**64
    with pytest.raises(ValueError, match=r"allowed is"):
        rng.stream_seed(-1)


def _filled(fill, dtype, steps=400, lanes=256, channels=2):
    noise = np.empty((steps, 2, channels, lanes), dtype)
    for step in range(steps):
        fill(noise[step], np.uint64(9), 0, step, rng.DYNAMICS)
    return noise


def test_single_normals_are_the_rounded_doubles():
    double = _filled(rng.fill_complex_normals, np.float64)
    single = _filled(rng.fill_complex_normals_single, np.float32)
    assert single.dtype == np.float32
    # The logarithm is good to an absolute 1e-7, so that the radius r is to 1e-7 / r.
    radius = np.hypot(double[:, 0], double[:, 1])[:, None]
    assert np.all(np.abs(single - double) <= 2e-6 + 1e-7 / radius)


@pytest.mark.parametrize("word", [0, 1, 2**31, 2**32 - 256, 2**32 - 1])
def test_single_normals_are_finite_at_the_ends_of_the_words(word):
    value = rng._negative_log_uniform_single.py_func(np.uint32(word))
    assert 0 <= value < 23
    np.testing.assert_allclose(value, -np.log((word + 0.5) / 2**32), rtol=1e-6, atol=6e-8)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_discrete_noise_has_the_gaussian_moments_to_fifth_order(dtype):
    noise = _filled(rng.fill_discrete, dtype).astype(float)
    assert len(np.unique(noise)) == 3
    z = noise[:, 0] + 1j * noise[:, 1]
    for p in range(6):
        for q in range(6 - p):
            moment = z.conj() ** p * z**q
            expected = math.factorial(p) if p == q else 0.0
            error = np.std(moment) / np.sqrt(z.size)
            # The fourth moment misses by 3e-5 of itself, the variance by nothing.
            assert abs(moment.mean() - expected) <= 4.5 * error + 2e-4, (p, q)
    # Channels, steps and trajectories are independent.
    for shifted in (z[1:] * z[:-1].conj(), z[:, :1] * z[:, 1:].conj(), z[..., 1:] * z[..., :-1].conj()):
        assert abs(shifted.mean()) < 4.5 / np.sqrt(shifted.size)


def test_discrete_noise_does_not_depend_on_the_block():
    whole = _filled(rng.fill_discrete, np.float64, steps=3)
    part = np.empty((2, 2, 100))
    rng.fill_discrete(part, np.uint64(9), 50, 2, rng.DYNAMICS)
    np.testing.assert_array_equal(part, whole[2][:, :, 50:150])
