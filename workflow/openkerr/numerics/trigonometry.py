"""Cosine and sine without a call into a library, so that loops over lanes vectorise."""

import math

import numpy as np
from numba import float32
from numba.extending import overload

from openkerr.numerics.compilation import OPTIONS


def cos_sin_turns(turns):
    """(cos, sin) of 2 pi ``turns``, a scalar of either precision, any number of turns.

    The nearest integer is taken off, which is exact.  The rest r, at most 1/2 in modulus, goes into polynomials in r²
    that interpolate cos(2 pi r) and sin(2 pi r)/r at Chebyshev's nodes: to 2e-13 in double, 6e-7 in single precision.
    """
    return math.cos(2 * math.pi * turns), math.sin(2 * math.pi * turns)


@overload(cos_sin_turns, inline="always", jit_options=OPTIONS)
def _compiled_cos_sin_turns(turns):
    return _single if turns == float32 else _double


def _double(turns):
    r = turns - np.rint(turns)
    q = r * r
    qq = q * q
    # Even and odd powers of r² are two short chains, which the processor works on side by side.
    even = 0.0914967648616569239 * qq + 3.81848947737675273
    odd = -0.712275514431845574 * qq - 15.0944282799656281
    even = even * qq + 42.0586754671638839
    odd = odd * qq - 76.705858856920699
    even = even * qq + 81.605249254284687
    odd = odd * qq - 41.3417022401956286
    even = even * qq + 6.28318530717927151
    sine = (odd * q + even) * r
    even = -0.0323606421740616953 * qq - 1.71392719834902584
    odd = 0.280155438217126543 * qq + 7.90346844531798328
    even = even * qq - 26.4262509244824374
    odd = odd * qq + 60.2446410876683954
    even = even * qq - 85.4568171997820591
    odd = odd * qq + 64.9393940226035386
    even = even * qq - 19.7392088021786173
    return (odd * q + even) * q + 1.0, sine


def _single(turns):
    one = np.float32
    r = turns - np.rint(turns)
    q = r * r
    qq = q * q
    even = one(3.2377800860426685) * qq + one(42.0258514896386834)
    odd = one(-14.899578436725834) * qq - one(76.7030055581874609)
    even = even * qq + one(81.6051308111443533)
    odd = odd * qq - one(41.3417003929838609)
    even = even * qq + one(6.28318530246858143)
    sine = (odd * q + even) * r
    even = one(-1.4838338277035332) * qq - one(26.413194006166338)
    odd = one(7.82606056239251848) * qq + one(60.2435052567600211)
    even = even * qq - one(85.456770030676061)
    odd = odd * qq + one(64.9393932868119505)
    even = even * qq - one(19.7392088003021641)
    return (odd * q + even) * q + one(1.0), sine
