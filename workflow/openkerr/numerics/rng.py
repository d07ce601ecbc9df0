"""Complex Gaussian noise as a pure function of (seed, trajectory, step, channel).

The generator is Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC'11):
a bijection of a 128-bit counter under a 64-bit key.  The counter holds what names one draw,

    word 0: step   word 1: channel pair, plus 2**16 times the purpose   words 2, 3: trajectory (low, high),

and the key is the 64-bit seed of the ensemble.  No state is carried, so the noise of a trajectory does not depend on
the batch, thread, job or restart that computes it.  One counter gives two complex normals (Box-Muller from two
32-bit uniforms each); a normal therefore never exceeds 6.8 standard deviations, which one draw in 10**10 would.

The loops run over trajectories and contain no call into a mathematical library, so that they vectorise.
"""

import hashlib
import json
import math
from typing import Any

import numpy as np

from openkerr.numerics.compilation import inlined, kernel

DYNAMICS, INITIAL_STATE, BRIDGE = 0, 1, 2
"""Purposes of a draw: kick of a step, sampling of the start, Brownian bridge of an observed state."""

MAX_STEPS = 2**32
MAX_CHANNELS = 2**17
MAX_TRAJECTORIES = 2**63

_LOW = np.uint64(0xFFFFFFFF)
_MULTIPLIER_0 = np.uint64(0xD2511F53)
_MULTIPLIER_1 = np.uint64(0xCD9E8D57)
_WEYL_0 = np.uint64(0x9E3779B9)
_WEYL_1 = np.uint64(0xBB67AE85)
_HALF_WORD = np.uint64(32)

_LN2 = math.log(2.0)
_RADIANS_PER_COUNT = 2.0 * math.pi / 2.0**32


def stream_seed(seed: int, *labels: Any) -> int:
    """64-bit seed of an ensemble, from the run's seed and what names the ensemble.

    Parameters
    ----------
    seed : int
        The seed of the run, ``0 <= seed < 2**63``.
    labels : plain JSON values
        What the ensemble is (method, parameters): equal labels give equal noise, others independent noise.

    Raises
    ------
    ValueError
        If the seed is out of range.
    """
    if not 0 <= seed < 2**63:
        raise ValueError(f"seed is {seed}: allowed is 0 <= seed < 2**63")
    text = json.dumps([seed, *labels], sort_keys=True, separators=(",", ":"), allow_nan=False)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


@inlined
def philox4x32(c0, c1, c2, c3, k0, k1):
    """Ten rounds of Philox4x32 on 32-bit words held in ``uint64``; returns four words."""
    for _ in range(10):
        # Only the factors are cut to 32 bits, which the vector multiplication does by itself.
        product_0 = _MULTIPLIER_0 * (c0 & _LOW)
        product_1 = _MULTIPLIER_1 * (c2 & _LOW)
        c0, c1, c2, c3 = (
            (product_1 >> _HALF_WORD) ^ c1 ^ k0,
            product_1,
            (product_0 >> _HALF_WORD) ^ c3 ^ k1,
            product_0,
        )
        k0 = (k0 + _WEYL_0) & _LOW
        k1 = (k1 + _WEYL_1) & _LOW
    return c0 & _LOW, c1 & _LOW, c2 & _LOW, c3 & _LOW


@inlined
def _negative_log_uniform(word):
    """-ln((word + 1/2) / 2**32) for a 32-bit word, to 1e-13 of itself or absolutely, without a library call."""
    # A double in [1, 2) carries the mantissa; atanh series in s = (m - 1)/(m + 1), |s| <= 0.1716 after centring.
    value = np.float64(np.int64(word)) + 0.5
    bits = np.float64(value).view(np.int64)
    mantissa_bits = (bits & np.int64(0x000FFFFFFFFFFFFF)) | np.int64(0x3FF0000000000000)
    mantissa = np.int64(mantissa_bits).view(np.float64)
    exponent = np.float64((bits >> np.int64(52)) - np.int64(1023 + 32))
    large = mantissa > 1.4142135623730951
    mantissa = mantissa * 0.5 if large else mantissa
    exponent = exponent + 1.0 if large else exponent
    s = (mantissa - 1.0) / (mantissa + 1.0)
    q = s * s
    # Even and odd terms are two short chains, which the processor works on side by side.
    qq = q * q
    even = 1.0 / 17.0
    even = even * qq + 1.0 / 13.0
    even = even * qq + 1.0 / 9.0
    even = even * qq + 1.0 / 5.0
    even = even * qq + 1.0
    odd = 1.0 / 15.0
    odd = odd * qq + 1.0 / 11.0
    odd = odd * qq + 1.0 / 7.0
    odd = odd * qq + 1.0 / 3.0
    return -(exponent * _LN2 + 2.0 * s * (odd * q + even))


@inlined
def _cos_sin_turn(word):
    """(cos, sin) of 2 pi word / 2**32 for a 32-bit word, to 2e-11, without a library call."""
    signed = np.int64(word)
    quadrant = (signed + np.int64(1 << 29)) >> np.int64(30)
    angle = np.float64(signed - (quadrant << np.int64(30))) * _RADIANS_PER_COUNT
    q = angle * angle
    qq = q * q
    even = -1.0 / 39916800.0
    even = even * qq - 1.0 / 5040.0
    even = even * qq - 1.0 / 6.0
    sine = (1.0 / 362880.0 * qq + 1.0 / 120.0) * q + even
    sine = sine * q * angle + angle
    even = -1.0 / 3628800.0
    even = even * qq - 1.0 / 720.0
    even = even * qq - 0.5
    cosine = 1.0 / 479001600.0
    cosine = cosine * qq + 1.0 / 40320.0
    cosine = cosine * qq + 1.0 / 24.0
    cosine = (cosine * q + even) * q + 1.0
    odd = (quadrant & np.int64(1)) != 0
    c = sine if odd else cosine
    s = cosine if odd else sine
    c = -c if ((quadrant + np.int64(1)) & np.int64(2)) != 0 else c
    s = -s if (quadrant & np.int64(2)) != 0 else s
    return c, s


@kernel
def fill_complex_normals(noise, seed, first_trajectory, step, purpose):
    """Fill ``noise`` with unit complex Gaussians, <|z|**2> = 1, of consecutive trajectories.

    A first loop leaves the words in the places of the numbers that they become: two short loops keep the processor
    busier than a long one, whose chain of operations is longer than what it can look ahead.

    Parameters
    ----------
    noise : float64 array (2, n_channels, n_lanes)
        Real and imaginary parts; overwritten.
    seed : uint64
        Seed of the ensemble (the key of the generator), see `stream_seed`.
    first_trajectory, step, purpose : int
        Global number of lane 0, number of the step, and one of `DYNAMICS`, `INITIAL_STATE`, `BRIDGE`.
    """
    n_channels, n_lanes = noise.shape[1], noise.shape[2]
    key_0 = np.uint64(seed) & _LOW
    key_1 = np.uint64(seed) >> _HALF_WORD
    word_0 = np.uint64(step) & _LOW
    first = np.uint64(first_trajectory)
    for pair in range((n_channels + 1) // 2):
        word_1 = np.uint64(pair) | (np.uint64(purpose) << np.uint64(16))
        even = 2 * pair
        odd = min(even + 1, n_channels - 1)
        both = even + 1 < n_channels
        for lane in range(n_lanes):
            trajectory = first + np.uint64(lane)
            r0, r1, r2, r3 = philox4x32(word_0, word_1, trajectory & _LOW, trajectory >> _HALF_WORD, key_0, key_1)
            noise[0, even, lane] = np.uint64(r0).view(np.float64)
            noise[1, even, lane] = np.uint64(r1).view(np.float64)
            if both:
                noise[0, odd, lane] = np.uint64(r2).view(np.float64)
                noise[1, odd, lane] = np.uint64(r3).view(np.float64)
    for channel in range(n_channels):
        for lane in range(n_lanes):
            radius = math.sqrt(_negative_log_uniform(np.float64(noise[0, channel, lane]).view(np.uint64)))
            c, s = _cos_sin_turn(np.float64(noise[1, channel, lane]).view(np.uint64))
            noise[0, channel, lane] = radius * c
            noise[1, channel, lane] = radius * s


@inlined
def _negative_log_uniform_single(word):
    """-ln((word + 1/2) / 2**32) of a 32-bit word in single precision, never negative, without a library call."""
    value = np.float32(np.uint32(word)) + np.float32(0.5)
    bits = np.float32(value).view(np.int32)
    mantissa_bits = np.int32(np.int32(bits & np.int32(0x007FFFFF)) | np.int32(0x3F800000))
    mantissa = np.int32(mantissa_bits).view(np.float32)
    exponent = np.float32(np.int32(np.int32(bits >> np.int32(23)) - np.int32(127 + 32)))
    large = mantissa > np.float32(1.4142135)
    mantissa = mantissa * np.float32(0.5) if large else mantissa
    exponent = exponent + np.float32(1.0) if large else exponent
    s = (mantissa - np.float32(1.0)) / (mantissa + np.float32(1.0))
    q = s * s
    series = np.float32(1.0 / 9.0)
    series = series * q + np.float32(1.0 / 7.0)
    series = series * q + np.float32(1.0 / 5.0)
    series = series * q + np.float32(1.0 / 3.0)
    series = series * q + np.float32(1.0)
    return -(exponent * np.float32(_LN2) + np.float32(2.0) * s * series)


@inlined
def _cos_sin_turn_single(word):
    """(cos, sin) of 2 pi word / 2**32 for a 32-bit word in single precision, without a library call."""
    quadrant = np.uint32(np.uint32(np.uint32(word) + np.uint32(1 << 29)) >> np.uint32(30))
    rest = np.int32(np.uint32(np.uint32(word) - np.uint32(quadrant << np.uint32(30))))
    angle = np.float32(rest) * np.float32(_RADIANS_PER_COUNT)
    q = angle * angle
    sine = np.float32(1.0 / 362880.0)
    sine = sine * q - np.float32(1.0 / 5040.0)
    sine = sine * q + np.float32(1.0 / 120.0)
    sine = sine * q - np.float32(1.0 / 6.0)
    sine = sine * q * angle + angle
    cosine = np.float32(-1.0 / 3628800.0)
    cosine = cosine * q + np.float32(1.0 / 40320.0)
    cosine = cosine * q - np.float32(1.0 / 720.0)
    cosine = cosine * q + np.float32(1.0 / 24.0)
    cosine = cosine * q - np.float32(0.5)
    cosine = cosine * q + np.float32(1.0)
    odd = np.uint32(quadrant & np.uint32(1)) != np.uint32(0)
    c = sine if odd else cosine
    s = cosine if odd else sine
    c = -c if np.uint32(np.uint32(quadrant + np.uint32(1)) & np.uint32(2)) != np.uint32(0) else c
    s = -s if np.uint32(quadrant & np.uint32(2)) != np.uint32(0) else s
    return c, s


@kernel
def fill_complex_normals_single(noise, seed, first_trajectory, step, purpose):
    """Fill a float32 ``noise`` from the same words as `fill_complex_normals`, in single precision."""
    n_channels, n_lanes = noise.shape[1], noise.shape[2]
    key_0 = np.uint64(seed) & _LOW
    key_1 = np.uint64(seed) >> _HALF_WORD
    word_0 = np.uint64(step) & _LOW
    first = np.uint64(first_trajectory)
    for pair in range((n_channels + 1) // 2):
        word_1 = np.uint64(pair) | (np.uint64(purpose) << np.uint64(16))
        even = 2 * pair
        odd = min(even + 1, n_channels - 1)
        both = even + 1 < n_channels
        for lane in range(n_lanes):
            trajectory = first + np.uint64(lane)
            r0, r1, r2, r3 = philox4x32(word_0, word_1, trajectory & _LOW, trajectory >> _HALF_WORD, key_0, key_1)
            noise[0, even, lane] = np.uint32(r0).view(np.float32)
            noise[1, even, lane] = np.uint32(r1).view(np.float32)
            if both:
                noise[0, odd, lane] = np.uint32(r2).view(np.float32)
                noise[1, odd, lane] = np.uint32(r3).view(np.float32)
    for channel in range(n_channels):
        for lane in range(n_lanes):
            radius = math.sqrt(_negative_log_uniform_single(np.float32(noise[0, channel, lane]).view(np.uint32)))
            c, s = _cos_sin_turn_single(np.float32(noise[1, channel, lane]).view(np.uint32))
            noise[0, channel, lane] = radius * c
            noise[1, channel, lane] = radius * s


_TAIL_COUNT = 10923
_TAIL_SIZE = math.sqrt(2.0**16 / (4.0 * _TAIL_COUNT))


@kernel
def fill_discrete(noise, seed, first_trajectory, step, purpose):
    """Fill ``noise``, of either precision, with three-point variables in the place of complex normals.

    Real and imaginary part are independently -s, 0 or s, each tail with probability 10923/2**16 (1/6 to 3e-5), and s
    such that <|z|**2> = 1: all moments to fifth order are the Gaussian's, the fourth to 3e-5 of itself (Kloeden and
    Platen, Numerical Solution of Stochastic Differential Equations, Sec. 14.2).
    """
    n_channels, n_lanes = noise.shape[1], noise.shape[2]
    key_0 = np.uint64(seed) & _LOW
    key_1 = np.uint64(seed) >> _HALF_WORD
    word_0 = np.uint64(step) & _LOW
    first = np.uint64(first_trajectory)
    size, none = noise.dtype.type(_TAIL_SIZE), noise.dtype.type(0.0)
    half, lower, upper = np.uint64(0xFFFF), np.uint64(_TAIL_COUNT), np.uint64(2**16 - _TAIL_COUNT)
    for pair in range((n_channels + 1) // 2):
        word_1 = np.uint64(pair) | (np.uint64(purpose) << np.uint64(16))
        even = 2 * pair
        odd = min(even + 1, n_channels - 1)
        both = even + 1 < n_channels
        for lane in range(n_lanes):
            trajectory = first + np.uint64(lane)
            r0, r1, _, _ = philox4x32(word_0, word_1, trajectory & _LOW, trajectory >> _HALF_WORD, key_0, key_1)
            u, v = r0 & half, r0 >> np.uint64(16)
            noise[0, even, lane] = -size if u < lower else (size if u >= upper else none)
            noise[1, even, lane] = -size if v < lower else (size if v >= upper else none)
            if both:
                u, v = r1 & half, r1 >> np.uint64(16)
                noise[0, odd, lane] = -size if u < lower else (size if u >= upper else none)
                noise[1, odd, lane] = -size if v < lower else (size if v >= upper else none)
