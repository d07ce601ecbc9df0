"""Tuned steps of the two cavities: all stages in one loop over the lanes, in either precision.

The equations are those of `openkerr.models.kerr_dimer`, whose ``drift`` is the reference.  A step that keeps its stages
in registers reads and writes every field once; the generic one passes over memory at every stage.
"""

from openkerr.numerics.compilation import inlined, kernel


@inlined
def rates(x1, y1, x2, y2, gain_1, gain_2, omega_1, omega_2, eta_1, eta_2, kerr_1, kerr_2, tunneling, twice_tunneling):
    """d/dt of the real and imaginary parts of both fields; gain and omega hold the shift of the density."""
    xx, yy = x1 * x1, y1 * y1
    density_1, density_2 = xx + yy, x2 * x2 + y2 * y2
    grow_1, turn_1 = gain_1 - eta_1 * density_1, omega_1 + kerr_1 * density_1
    grow_2, turn_2 = gain_2 - eta_2 * density_2, omega_2 + kerr_2 * density_2
    jx, jy = twice_tunneling * x1, twice_tunneling * y1
    return (
        jy * x2 - jx * y2 + turn_1 * y1 + grow_1 * x1,
        jx * x2 + jy * y2 - turn_1 * x1 + grow_1 * y1,
        turn_2 * y2 - jx * y1 + grow_2 * x2,
        tunneling * (xx - yy) - turn_2 * x2 + grow_2 * y2,
    )


@kernel
def runge_kutta_step(z, h, p, scratch):
    """One classical Runge-Kutta step of order 4 in place; z: (2, 2, n_lanes), p: `KerrDimer.kernel_parameters`."""
    real = z.dtype.type
    half, third, sixth = h * real(0.5), h / real(3.0), h / real(6.0)
    eta_1, eta_2, kerr_1, kerr_2, tunneling, shift = p[6], p[7], p[4], p[5], p[12], p[13]
    gain_1, gain_2 = p[2] + eta_1 * shift, p[3] + eta_2 * shift
    omega_1, omega_2 = p[0] - kerr_1 * shift, p[1] - kerr_2 * shift
    twice = real(2.0) * tunneling
    for lane in range(z.shape[2]):
        x1, y1, x2, y2 = z[0, 0, lane], z[1, 0, lane], z[0, 1, lane], z[1, 1, lane]
        a, b, c, d = rates(
            x1, y1, x2, y2, gain_1, gain_2, omega_1, omega_2, eta_1, eta_2, kerr_1, kerr_2, tunneling, twice
        )
        total_x1, total_y1, total_x2, total_y2 = x1 + sixth * a, y1 + sixth * b, x2 + sixth * c, y2 + sixth * d
        u1, v1, u2, v2 = x1 + half * a, y1 + half * b, x2 + half * c, y2 + half * d
        a, b, c, d = rates(
            u1, v1, u2, v2, gain_1, gain_2, omega_1, omega_2, eta_1, eta_2, kerr_1, kerr_2, tunneling, twice
        )
        total_x1, total_y1, total_x2, total_y2 = (
            total_x1 + third * a,
            total_y1 + third * b,
            total_x2 + third * c,
            total_y2 + third * d,
        )
        u1, v1, u2, v2 = x1 + half * a, y1 + half * b, x2 + half * c, y2 + half * d
        a, b, c, d = rates(
            u1, v1, u2, v2, gain_1, gain_2, omega_1, omega_2, eta_1, eta_2, kerr_1, kerr_2, tunneling, twice
        )
        total_x1, total_y1, total_x2, total_y2 = (
            total_x1 + third * a,
            total_y1 + third * b,
            total_x2 + third * c,
            total_y2 + third * d,
        )
        u1, v1, u2, v2 = x1 + h * a, y1 + h * b, x2 + h * c, y2 + h * d
        a, b, c, d = rates(
            u1, v1, u2, v2, gain_1, gain_2, omega_1, omega_2, eta_1, eta_2, kerr_1, kerr_2, tunneling, twice
        )
        z[0, 0, lane], z[1, 0, lane] = total_x1 + sixth * a, total_y1 + sixth * b
        z[0, 1, lane], z[1, 1, lane] = total_x2 + sixth * c, total_y2 + sixth * d


@inlined
def moved(fields, factor, slopes):
    """fields + factor * slopes, all four of one lane."""
    return (
        fields[0] + factor * slopes[0],
        fields[1] + factor * slopes[1],
        fields[2] + factor * slopes[2],
        fields[3] + factor * slopes[3],
    )


@inlined
def slopes_at(fields, rate):
    """d/dt of the four fields of one lane; rate: the rates, in the order of the arguments of `rates`."""
    return rates(
        fields[0],
        fields[1],
        fields[2],
        fields[3],
        rate[0],
        rate[1],
        rate[2],
        rate[3],
        rate[4],
        rate[5],
        rate[6],
        rate[7],
        rate[8],
        rate[9],
    )


@kernel
def runge_kutta_5_half(z, h, p):
    """Half a step, h/2, by Butcher's Runge-Kutta method of order 5 in place; z: (2, 2, n_lanes).

    J. C. Butcher, Numerical Methods for Ordinary Differential Equations, Sec. 236: nodes 0, 1/4, 1/4, 1/2, 3/4, 1.
    """
    real = z.dtype.type
    half = real(0.5) * h
    quarter, eighth, seventh = half * real(0.25), half * real(0.125), half / real(7.0)
    ninetieth, sixteenth = half / real(90.0), half * real(0.0625)
    shift = p[13]
    rate = (
        p[2] + p[6] * shift,
        p[3] + p[7] * shift,
        p[0] - p[4] * shift,
        p[1] - p[5] * shift,
        p[6],
        p[7],
        p[4],
        p[5],
        p[12],
        real(2.0) * p[12],
    )
    for lane in range(z.shape[2]):
        start = (z[0, 0, lane], z[1, 0, lane], z[0, 1, lane], z[1, 1, lane])
        k1 = slopes_at(start, rate)
        k2 = slopes_at(moved(start, quarter, k1), rate)
        k3 = slopes_at(moved(moved(start, eighth, k1), eighth, k2), rate)
        k4 = slopes_at(moved(moved(start, -half * real(0.5), k2), half, k3), rate)
        k5 = slopes_at(moved(moved(start, real(3.0) * sixteenth, k1), real(9.0) * sixteenth, k4), rate)
        last = moved(moved(start, real(-3.0) * seventh, k1), real(2.0) * seventh, k2)
        last = moved(moved(last, real(12.0) * seventh, k3), real(-12.0) * seventh, k4)
        k6 = slopes_at(moved(last, real(8.0) * seventh, k5), rate)
        end = moved(moved(start, real(7.0) * ninetieth, k1), real(32.0) * ninetieth, k3)
        end = moved(moved(end, real(12.0) * ninetieth, k4), real(32.0) * ninetieth, k5)
        end = moved(end, real(7.0) * ninetieth, k6)
        z[0, 0, lane], z[1, 0, lane], z[0, 1, lane], z[1, 1, lane] = end[0], end[1], end[2], end[3]
