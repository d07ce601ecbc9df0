"""What an ensemble keeps of a block of trajectories: sums, extremes and counts over its lanes, in fixed memory.

A moment is <alpha*^p alpha^q> of one mode.  The real and imaginary parts are stored as separate sums, in the order of
`MOMENTS`; every moment up to fourth order follows from these, since exchanging p and q conjugates.
"""

import math

import numpy as np
from numba import float32, int32
from numba.extending import overload

from openkerr.numerics.compilation import OPTIONS, kernel, reduction

MOMENTS = (
    ("re_a", 0, 1),
    ("im_a", 0, 1),
    ("abs2", 1, 1),
    ("re_aa", 0, 2),
    ("im_aa", 0, 2),
    ("re_n_a", 1, 2),
    ("im_n_a", 1, 2),
    ("re_aaa", 0, 3),
    ("im_aaa", 0, 3),
    ("abs4", 2, 2),
    ("re_n_aa", 1, 3),
    ("im_n_aa", 1, 3),
    ("re_aaaa", 0, 4),
    ("im_aaaa", 0, 4),
)
"""Name, p and q of each stored real number: real or imaginary part of alpha*^p alpha^q."""

PRODUCTS = ("re", "im", "dense_re", "dense_im")
"""Stored real numbers of a pair of modes l and m: parts of alpha_l* alpha_m and of |alpha_m|² alpha_l* alpha_m."""


def moment_names(order: int) -> list[str]:
    """Names of the stored moments up to an order.

    Raises
    ------
    ValueError
        If the order is not 1, 2, 3 or 4.
    """
    if order not in (1, 2, 3, 4):
        raise ValueError(f"moment_order is {order}: allowed is 1, 2, 3 or 4")
    return [name for name, p, q in MOMENTS if p + q <= order]


def ordered_bits(value):
    """The bits of a floating-point number as an integer of its size: in the same order, where it is not negative.

    Minima and maxima of integers vectorise, those of floating-point numbers do not.
    """
    return value.view(np.int32 if value.dtype == np.float32 else np.int64)


def from_bits(bits):
    """The floating-point number of some bits."""
    return bits.view(np.float32 if bits.dtype == np.int32 else np.float64)


@overload(ordered_bits, inline="always", jit_options=OPTIONS)
def _compiled_ordered_bits(value):
    if value == float32:
        return lambda value: np.float32(value).view(np.int32)
    return lambda value: np.float64(value).view(np.int64)


@overload(from_bits, inline="always", jit_options=OPTIONS)
def _compiled_from_bits(bits):
    if bits == int32:
        return lambda bits: np.int32(bits).view(np.float32)
    return lambda bits: np.int64(bits).view(np.float64)


@reduction
def accumulate_moments(z, n_valid, sums, lowest, highest):
    """Add the moments of the first ``n_valid`` lanes, and extend the extremes of |alpha|**2.

    sums: (n_modes, 2, 5, 9 or 14), in the order of `MOMENTS`; lowest, highest: (n_modes,).  The sum over the lanes of
    one block has the precision of the fields, all other sums are double.
    """
    order_2, order_3, order_4 = sums.shape[1] >= 5, sums.shape[1] >= 9, sums.shape[1] >= 14
    zero, two, three = z.dtype.type(0.0), z.dtype.type(2.0), z.dtype.type(3.0)
    for mode in range(z.shape[1]):
        re_a = im_a = abs2 = re_aa = im_aa = zero
        low, high = ordered_bits(z.dtype.type(lowest[mode])), ordered_bits(z.dtype.type(highest[mode]))
        for lane in range(n_valid):
            x, y = z[0, mode, lane], z[1, mode, lane]
            xx, yy = x * x, y * y
            density = xx + yy
            re_a += x
            im_a += y
            abs2 += density
            re_aa += xx - yy
            im_aa += x * y
            bits = ordered_bits(density)
            low, high = min(low, bits), max(high, bits)
        lowest[mode], highest[mode] = from_bits(low), from_bits(high)
        sums[mode, 0] += re_a
        sums[mode, 1] += im_a
        if order_2:
            sums[mode, 2] += abs2
            sums[mode, 3] += re_aa
            sums[mode, 4] += two * im_aa
        if order_3:
            re_n_a = im_n_a = re_aaa = im_aaa = zero
            for lane in range(n_valid):
                x, y = z[0, mode, lane], z[1, mode, lane]
                xx, yy = x * x, y * y
                re_n_a += (xx + yy) * x
                im_n_a += (xx + yy) * y
                re_aaa += (xx - three * yy) * x
                im_aaa += (three * xx - yy) * y
            sums[mode, 5] += re_n_a
            sums[mode, 6] += im_n_a
            sums[mode, 7] += re_aaa
            sums[mode, 8] += im_aaa
        if order_4:
            abs4 = re_n_aa = im_n_aa = re_aaaa = im_aaaa = zero
            for lane in range(n_valid):
                x, y = z[0, mode, lane], z[1, mode, lane]
                n, real, imag = x * x + y * y, x * x - y * y, two * x * y
                abs4 += n * n
                re_n_aa += n * real
                im_n_aa += n * imag
                re_aaaa += real * real - imag * imag
                im_aaaa += two * real * imag
            sums[mode, 9] += abs4
            sums[mode, 10] += re_n_aa
            sums[mode, 11] += im_n_aa
            sums[mode, 12] += re_aaaa
            sums[mode, 13] += im_aaaa


@reduction
def accumulate_histogram(z, n_valid, extent, counts):
    """Count lanes in square cells over |Re|, |Im| < extent; counts: (n_modes, n_cells, n_cells), real part first."""
    n_cells = counts.shape[1]
    scale = n_cells / (2.0 * extent)
    for mode in range(z.shape[1]):
        for lane in range(n_valid):
            x, y = z[0, mode, lane], z[1, mode, lane]
            if -extent <= x < extent and -extent <= y < extent:
                # Rounding can carry a value just below the edge onto it.
                column = min(int((x + extent) * scale), n_cells - 1)
                row = min(int((y + extent) * scale), n_cells - 1)
                counts[mode, column, row] += 1


@reduction
def accumulate_phases(z, n_valid, sums):
    """Add exp(i theta) of the first ``n_valid`` lanes; sums: (n_modes, 2).  A field of exactly zero adds nothing."""
    tiny = z.dtype.type(1e-37)
    for mode in range(z.shape[1]):
        real = imag = 0.0
        for lane in range(n_valid):
            x, y = z[0, mode, lane], z[1, mode, lane]
            size = math.sqrt(x * x + y * y + tiny)
            real += x / size
            imag += y / size
        sums[mode, 0] += real
        sums[mode, 1] += imag


@reduction
def accumulate_pairs(z, n_valid, pairs, sums):
    """Add the products of pairs of modes of the first ``n_valid`` lanes.

    pairs: (n_pairs, 2), the modes l and m; sums: (n_pairs, n_products), in the order of `PRODUCTS`.
    """
    for pair in range(pairs.shape[0]):
        left, right = pairs[pair, 0], pairs[pair, 1]
        real = imag = dense_real = dense_imag = 0.0
        for lane in range(n_valid):
            x, y = z[0, left, lane], z[1, left, lane]
            u, v = z[0, right, lane], z[1, right, lane]
            re, im, density = x * u + y * v, x * v - y * u, u * u + v * v
            real += re
            imag += im
            dense_real += density * re
            dense_imag += density * im
        sums[pair, 0] += real
        sums[pair, 1] += imag
        sums[pair, 2] += dense_real
        sums[pair, 3] += dense_imag


@reduction
def accumulate_lanes(z, modes, sums):
    """Add |alpha|**2 of the listed modes lane by lane; sums: (n_listed, n_lanes)."""
    for index in range(modes.size):
        mode = modes[index]
        for lane in range(z.shape[2]):
            sums[index, lane] += z[0, mode, lane] * z[0, mode, lane] + z[1, mode, lane] * z[1, mode, lane]


@kernel
def evaluate_signals(z, powers, signals):
    """Products of alpha*^p alpha^q over the modes of every lane; powers: (n_signals, n_modes, 2)."""
    for signal in range(powers.shape[0]):
        for lane in range(z.shape[2]):
            signals[0, signal, lane] = 1
            signals[1, signal, lane] = 0
        for mode in range(z.shape[1]):
            for conjugate in range(2):
                sign = z.dtype.type(1 if conjugate == 1 else -1)
                for _ in range(powers[signal, mode, conjugate]):
                    for lane in range(z.shape[2]):
                        x, y = z[0, mode, lane], sign * z[1, mode, lane]
                        u, v = signals[0, signal, lane], signals[1, signal, lane]
                        signals[0, signal, lane] = u * x - v * y
                        signals[1, signal, lane] = u * y + v * x


@reduction
def accumulate_signals(signals, n_valid, sums):
    """Add the signals of the first ``n_valid`` lanes; sums: (n_signals, 2)."""
    for signal in range(signals.shape[1]):
        real = imag = 0.0
        for lane in range(n_valid):
            real += signals[0, signal, lane]
            imag += signals[1, signal, lane]
        sums[signal, 0] += real
        sums[signal, 1] += imag


@reduction
def accumulate_correlations(reference, signals, n_valid, sums):
    """Add reference* times signal of the first ``n_valid`` lanes; reference, signals: (2, n_signals, n_lanes)."""
    for signal in range(signals.shape[1]):
        real = imag = 0.0
        for lane in range(n_valid):
            x, y = reference[0, signal, lane], reference[1, signal, lane]
            u, v = signals[0, signal, lane], signals[1, signal, lane]
            real += x * u + y * v
            imag += x * v - y * u
        sums[signal, 0] += real
        sums[signal, 1] += imag
