"""Lengths over which phase, amplitude and coherence relax along a chain, with errors from batches."""

from __future__ import annotations

import numpy as np
import pandas as pd

from openkerr.analysis.chain_profiles import ChainEnsemble, center_pairs
from openkerr.numerics.stats import jackknife

PHASE_LEVEL = 0.9
"""Circular variance at which the phase counts as lost."""

DISTANT = 10
"""Sites between two that count as distant."""


def relaxation_table(ensemble: ChainEnsemble) -> pd.DataFrame:
    """One row a case, columns of table ``chain_relaxation``.

    The phase is lost at the site where the circular variance passes `PHASE_LEVEL`; the amplitude's length is the sum
    of n_l over its greatest value, as many sites as would hold all photons at that density; the coherence's is the
    distance at which g1 with the centre falls to 1/e, the mean of both sides; that to 1/e² is twice as far where g1
    decays exponentially.  Between sites phase and logarithm of
    g1 are taken as linear.  The mean square of g1 over distant sites is free of the bias that a mean modulus has.
    """
    ordering, length = ensemble.ordering, ensemble["length"]
    center = length // 2 - 1
    numbers = ensemble.moment("abs2")
    parts = np.stack(
        [*center_pairs(ensemble), numbers, ensemble.averaged("phase_re"), ensemble.averaged("phase_im")], axis=1
    )
    away = np.abs(np.arange(length) - center) >= DISTANT

    def lengths(mean: np.ndarray) -> np.ndarray:
        density = mean[:, 2] - ordering
        variance = 1.0 - np.hypot(mean[:, 3], mean[:, 4])
        with np.errstate(divide="ignore", invalid="ignore"):
            square = (mean[:, 0] ** 2 + mean[:, 1] ** 2) / (density * density[:, center : center + 1])
        square[:, center] = 1.0
        decay = -0.5 * np.log(np.maximum(square, 1e-12))
        rows = []
        for each in range(len(mean)):
            sides = (decay[each, center:], decay[each, center::-1])
            distant = square[each, away].mean() if away.any() else np.nan
            rows.append(
                [
                    1.0 + _crossing(variance[each], PHASE_LEVEL),
                    density[each].sum() / density[each].max(),
                    *(np.mean([_crossing(side, level) for side in sides]) for level in (1.0, 2.0)),
                    distant,
                ]
            )
        return np.array(rows)

    value, error = jackknife(lengths, parts, ensemble.weights)
    row = dict(ensemble.labels)
    names = ("phase_length", "amplitude_length", "coherence_length", "coherence_length_e2", "distant_coherence_squared")
    for index, name in enumerate(names):
        known = np.isfinite(value[index]) and np.isfinite(error[index])
        row |= {name: value[index] if known else np.nan, f"{name}_stderr": error[index] if known else np.nan}
    return pd.DataFrame([row])


def _crossing(values: np.ndarray, level: float) -> float:
    """Place, from 0, at which values that begin below a level first reach it, linear in between; NaN if never."""
    above = np.flatnonzero(values >= level)
    if not above.size:
        return np.nan
    last = int(above[0])
    if last == 0:
        return 0.0
    return last - (values[last] - level) / (values[last] - values[last - 1])
