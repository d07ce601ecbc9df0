"""Compiled product of a sector's block with a vector, run by run (see `openkerr.solvers.coherence_basis`)."""

from openkerr.numerics.compilation import entry


@entry
def combine(x, y, starts, low, high, diagonal, source, scalar, table, row, shift, a, b, c):
    """y[:] = a L x + b x + c y, in place.

    Parameters
    ----------
    x, y : (2, size) float64
        Real and imaginary parts.
    starts, low, high : (n_runs + 1,), (n_runs,), (n_runs,) int64
        Place of each run and its range of m.
    diagonal : (2, size) float64
    source : (n_runs, n_couplings) int32
        Run that a coupling takes from, or -1.
    scalar : (2, n_runs, n_couplings) float64
        Factor of the first modes; real and imaginary parts.
    table : (n_couplings, n_rows, n_columns) float64
        Factor of the last mode by d and m of the source.
    row : (n_runs,) int64
        Row of a run as a source.
    shift : (n_couplings,) int64
        m of the target less m of the source.
    a, b, c : float
    """
    for g in range(low.size):
        for i in range(starts[g], starts[g + 1]):
            re = a * diagonal[0, i] + b
            im = a * diagonal[1, i]
            u, v = x[0, i], x[1, i]
            y[0, i] = c * y[0, i] + re * u - im * v
            y[1, i] = c * y[1, i] + re * v + im * u
        for t in range(shift.size):
            s = source[g, t]
            if s < 0:
                continue
            first = max(low[g], low[s] + shift[t])
            stop = min(high[g], high[s] + shift[t])
            count = stop - first
            if count <= 0:
                continue
            to = starts[g] + first - low[g]
            come = starts[s] + first - shift[t] - low[s]
            at = first - shift[t]
            factors = table[t, row[s], at : at + count]
            from_re, from_im = x[0, come : come + count], x[1, come : come + count]
            to_re, to_im = y[0, to : to + count], y[1, to : to + count]
            re, im = a * scalar[0, g, t], a * scalar[1, g, t]
            if im == 0.0:
                for i in range(count):
                    to_re[i] += re * factors[i] * from_re[i]
                    to_im[i] += re * factors[i] * from_im[i]
            elif re == 0.0:
                for i in range(count):
                    to_re[i] -= im * factors[i] * from_im[i]
                    to_im[i] += im * factors[i] * from_re[i]
            else:
                for i in range(count):
                    to_re[i] += factors[i] * (re * from_re[i] - im * from_im[i])
                    to_im[i] += factors[i] * (re * from_im[i] + im * from_re[i])
