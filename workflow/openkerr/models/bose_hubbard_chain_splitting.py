"""Steps of the chain by splitting into pieces that are solved exactly, in either precision.

    bath B    drive, loss and noise of the driven and lossy sites: an Ornstein-Uhlenbeck step (`bath`)
    hops E, O the bonds that start at even sites (0-1, 2-3, ...) and at odd sites (1-2, 3-4, ...): rotations by J h
    turns T   detuning and Kerr nonlinearity: each field turns by h [U (|alpha|² - s) - Delta], its modulus is kept

Hops and turns conserve the photon number exactly.  `strang`, of second order, is

    T(h/2) O(h/2) E(h/2) B(h) E(h/2) O(h/2) T(h/2)

with the bath as the kick of `openkerr.solvers.inner_kick_kernel`.  Observed here, between the turns, the photon numbers
of the resonant wave are four to six times as close to the exact ones as those of the same trajectories within the bath.
Turns that meet are done as one, and so are even hops that no bath stands between.  `blanes_moan` composes
E(a) O(a) T(a + b) O(b) E(b) over six stages to fourth order, with the bath outermost, as the kick of
`openkerr.solvers.outer_kick_kernel`.  Boundary and uniform drive, intrinsic loss, and the Gross-Pitaevskii limit are
the same steps with other ``p``, the vector of `BoseHubbardChain.kernel_parameters`.
"""

import math

from openkerr.numerics.compilation import inlined, kernel
from openkerr.numerics.trigonometry import cos_sin_turns

TURN = 1.0 / (2.0 * math.pi)

_HALF = (
    0.0792036964311957,
    0.1303114101821663,
    0.22286149586760773,
    -0.36671326904742574,
    0.32464818868970624,
    0.10968847787674973,
)
STAGES = (*_HALF, *_HALF[::-1], 0.0)
"""Coefficients of S6 of order 4 of Blanes and Moan (J. Comput. Appl. Math. 142, 313, 2002) as a composition of a
first-order map with its adjoint: differences of their a_i and b_i; and a zero, for the hops after the last stage."""


@inlined
def hop(z, site, c, s):
    """Rotate the bond (l, l + 1) of a site: alpha_l -> c alpha_l + i s alpha_{l+1} and vice versa."""
    for lane in range(z.shape[2]):
        x, y, u, v = z[0, site, lane], z[1, site, lane], z[0, site + 1, lane], z[1, site + 1, lane]
        z[0, site, lane] = c * x - s * v
        z[1, site, lane] = c * y + s * u
        z[0, site + 1, lane] = c * u - s * y
        z[1, site + 1, lane] = c * v + s * x


@inlined
def turn(z, site, slope, offset):
    """Turn the field of one site clockwise by slope |alpha|² + offset, in full turns."""
    for lane in range(z.shape[2]):
        x, y = z[0, site, lane], z[1, site, lane]
        c, s = cos_sin_turns(slope * (x * x + y * y) + offset)
        z[0, site, lane] = c * x + s * y
        z[1, site, lane] = c * y - s * x


@inlined
def hop_turn_hop(z, site, c1, s1, slope, offset, c2, s2):
    """Hop on the bond of a site, turn both its ends, and hop by another angle; see `hop` and `turn`."""
    for lane in range(z.shape[2]):
        x, y, u, v = z[0, site, lane], z[1, site, lane], z[0, site + 1, lane], z[1, site + 1, lane]
        x, y, u, v = c1 * x - s1 * v, c1 * y + s1 * u, c1 * u - s1 * y, c1 * v + s1 * x
        c, s = cos_sin_turns(slope * (x * x + y * y) + offset)
        x, y = c * x + s * y, c * y - s * x
        c, s = cos_sin_turns(slope * (u * u + v * v) + offset)
        u, v = c * u + s * v, c * v - s * u
        z[0, site, lane] = c2 * x - s2 * v
        z[1, site, lane] = c2 * y + s2 * u
        z[0, site + 1, lane] = c2 * u - s2 * y
        z[1, site + 1, lane] = c2 * v + s2 * x


@kernel
def sweep(z, c1, s1, slope, offset, c2, s2, c3, s3):
    """Odd hops, turns, odd hops and even hops, in one pass: an even bond hops as soon as both its ends are done."""
    n_sites = z.shape[1]
    turn(z, 0, slope, offset)
    for site in range(1, n_sites - 1, 2):
        hop_turn_hop(z, site, c1, s1, slope, offset, c2, s2)
        hop(z, site - 1, c3, s3)
    if n_sites % 2 == 0:
        turn(z, n_sites - 1, slope, offset)
        hop(z, n_sites - 2, c3, s3)


@kernel
def bath_splits(site, p):
    """Whether drive or loss acts on an end of the bond of a site, which is then in two halves with the bath between."""
    drives = 4 + (p.size - 4) // 3
    return p[4 + site] > 0.0 or p[5 + site] > 0.0 or p[drives + site] != 0.0 or p[drives + site + 1] != 0.0


@kernel
def strang_angles(z, h, p):
    """Cosine and sine of a hop of h/2 and of h, slope and offset of a turn of h, in the precision of ``z``."""
    real = z.dtype.type
    half, whole, slope = 0.5 * p[1] * h, p[1] * h, p[2] * h * TURN
    return (
        real(math.cos(half)),
        real(math.sin(half)),
        real(math.cos(whole)),
        real(math.sin(whole)),
        real(slope),
        real(-slope * p[3] - p[0] * h * TURN),
    )


@kernel
def strang(z, h, p):
    """From after one bath to before the next: the even hops that are left, O(h/2) T(h) O(h/2), even hops."""
    n_sites = z.shape[1]
    c, s, c_whole, s_whole, slope, offset = strang_angles(z, h, p)
    for site in range(0, n_sites - 1, 2):
        if bath_splits(site, p):
            hop(z, site, c, s)
    turn(z, 0, slope, offset)
    for site in range(1, n_sites, 2):
        # An even bond hops as soon as both its ends are done, all in one pass over the fields.
        if site < n_sites - 1:
            hop_turn_hop(z, site, c, s, slope, offset, c, s)
        else:
            turn(z, site, slope, offset)
        if bath_splits(site - 1, p):
            hop(z, site - 1, c, s)
        else:
            hop(z, site - 1, c_whole, s_whole)


@kernel
def strang_enter(z, h, p):
    """What a trajectory is kept ahead by: T(h/2), O(h/2), and the even hops before the bath."""
    half = z.dtype.type(0.5)
    c, s, c_whole, s_whole, slope, offset = strang_angles(z, h, p)
    for site in range(z.shape[1]):
        turn(z, site, half * slope, half * offset)
    for site in range(1, z.shape[1] - 1, 2):
        hop(z, site, c, s)
    for site in range(0, z.shape[1] - 1, 2):
        if bath_splits(site, p):
            hop(z, site, c, s)
        else:
            hop(z, site, c_whole, s_whole)


@kernel
def strang_leave(z, copy, h, p):
    """The inverse of `strang_enter`, in a copy."""
    for part in range(z.shape[0]):
        for site in range(z.shape[1]):
            for lane in range(z.shape[2]):
                copy[part, site, lane] = z[part, site, lane]
    half = z.dtype.type(-0.5)
    c, s, c_whole, s_whole, slope, offset = strang_angles(z, h, p)
    for site in range(0, z.shape[1] - 1, 2):
        if bath_splits(site, p):
            hop(copy, site, c, -s)
        else:
            hop(copy, site, c_whole, -s_whole)
    for site in range(1, z.shape[1] - 1, 2):
        hop(copy, site, c, -s)
    for site in range(z.shape[1]):
        turn(copy, site, half * slope, half * offset)
    return copy


@kernel
def blanes_moan(z, h, p, scratch):
    """One step of fourth order of hops and turns; scratch is not used."""
    real = z.dtype.type
    angle, slope = p[1] * h, p[2] * h * TURN
    offset = -slope * p[3] - p[0] * h * TURN
    c1, s1 = real(math.cos(STAGES[0] * angle)), real(math.sin(STAGES[0] * angle))
    for site in range(0, z.shape[1] - 1, 2):
        hop(z, site, c1, s1)
    for stage in range(6):
        a, b, following = STAGES[2 * stage], STAGES[2 * stage + 1], STAGES[2 * stage + 2]
        c1, s1 = real(math.cos(a * angle)), real(math.sin(a * angle))
        c2, s2 = real(math.cos(b * angle)), real(math.sin(b * angle))
        c3, s3 = real(math.cos((b + following) * angle)), real(math.sin((b + following) * angle))
        sweep(z, c1, s1, real((a + b) * slope), real((a + b) * offset), c2, s2, c3, s3)


@kernel
def bath(z, noise, h, p):
    """Drive, loss and noise of a time ``h`` at every driven or lossy site, exact in law.

    alpha -> e alpha - i F t + sqrt((2 n + 1)(1 - e²)/2) zeta, with e = exp(-gamma h/2) and t = (1 - e)/(gamma/2),
    the limit h without loss.
    """
    real = z.dtype.type
    n_sites = z.shape[1]
    channel = 0
    for site in range(n_sites):
        loss, drive = p[4 + site], p[4 + n_sites + site]
        if loss > 0.0:
            kept = real(math.exp(-0.5 * loss * h))
            shift = real(drive * math.expm1(-0.5 * loss * h) / (0.5 * loss))
            size = real(math.sqrt(-0.5 * p[4 + 2 * n_sites + site] * math.expm1(-loss * h)))
            for lane in range(z.shape[2]):
                z[0, site, lane] = kept * z[0, site, lane] + size * noise[0, channel, lane]
                z[1, site, lane] = kept * z[1, site, lane] + shift + size * noise[1, channel, lane]
            channel += 1
        elif drive != 0.0:
            shift = real(-drive * h)
            for lane in range(z.shape[2]):
                z[1, site, lane] += shift


@kernel
def bath_bridge_weight(channel, h, p):
    """Correlation of the normal of `bath` with that of its first half: 1/sqrt(1 + exp(gamma h/2)) of its site."""
    n_sites = (p.size - 4) // 3
    found = 0
    for site in range(n_sites):
        if p[4 + site] > 0.0:
            if found == channel:
                return 1.0 / math.sqrt(1.0 + math.exp(0.5 * p[4 + site] * h))
            found += 1
    return math.sqrt(0.5)
