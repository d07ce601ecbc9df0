"""Where the mean field of a model goes, in one call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from openkerr.interface.settings import check_model, fields_of
from openkerr.models.base import Model
from openkerr.numerics.arguments import check_number
from openkerr.solvers.attractor_search import find_attractor
from openkerr.solvers.relative_orbits import RelativeEquilibrium, RelativePeriodicOrbit
from openkerr.solvers.stationary import StationaryState, stationary_state
from openkerr.solvers.symmetric_flow import ConvergenceError, Flow, to_complex, to_real

__all__ = ["Attractor", "attractor"]

TOLERANCE = 1e-9


@dataclass(frozen=True)
class Attractor:
    """A stable state of the mean field.

    Attributes
    ----------
    kind : str
        ``fixed point``, ``limit cycle`` (one frequency, that of the symmetry) or ``limit torus`` (two).
    frequencies : tuple of float
        None, (nu_phi,) or (nu_phi, nu_psi), in the model's unit of rates.
    photon_numbers : (n_modes,) float
        |alpha|² in photons; of a torus the mean over its modulation.
    growth_rate : float
        Of the slowest deviation: negative.
    state : StationaryState, RelativeEquilibrium or RelativePeriodicOrbit
        What Newton's method found, with all it knows.
    """

    kind: Literal["fixed point", "limit cycle", "limit torus"]
    frequencies: tuple[float, ...]
    photon_numbers: np.ndarray
    growth_rate: float
    state: StationaryState | RelativeEquilibrium | RelativePeriodicOrbit


def attractor(model: Model, start: complex | ArrayLike = 0.1, *, burn_in: float = 300.0) -> Attractor:
    """Find the stable state that the mean field goes to: a fixed point, and with a U(1) symmetry a cycle or a torus.

    Parameters
    ----------
    model : Model
        Any model of complex fields.
    start : complex, or one a mode
        Fields at time 0, in the model's units.
    burn_in : float
        Time before Newton's method is tried, in the model's unit; with a symmetry it is tried up to four times.

    Raises
    ------
    ConvergenceError
        If nothing stable is found: the field still moves, is chaotic, or has more than two frequencies.

    Examples
    --------
    >>> import openkerr as ok
    >>> found = ok.attractor(ok.KerrDimer(aleph=100.0), 0.1)
    >>> found.kind, round(found.frequencies[1], 4)
    ('limit torus', 0.8257)
    """
    check_model(model, complex_fields=True)
    check_number("burn_in", burn_in)
    fields = fields_of(model, start)
    photons = 0.5 / model.vacuum_variance
    if model.symmetry is None:
        return _fixed_point(model, fields, photons, burn_in)
    found = find_attractor(model, fields, burn_in=burn_in)
    if isinstance(found, RelativePeriodicOrbit):
        numbers = photons * (np.abs(found.nodes) ** 2).mean(axis=0)
        return Attractor("limit torus", (found.nu_phi, found.nu_psi), numbers, float(found.growth.real.max()), found)
    numbers = photons * np.abs(found.state) ** 2
    rate = float(found.growth.real.max())
    if found.at_origin:
        return Attractor("fixed point", (), numbers, rate, found)
    return Attractor("limit cycle", (found.nu,), numbers, rate, found)


def _fixed_point(model: Model, fields: np.ndarray, photons: float, burn_in: float) -> Attractor:
    """Without a symmetry: Newton's method from where the field is after a time."""
    end = Flow(model).trajectory(to_real(fields), np.array([burn_in]), TOLERANCE)[0]
    try:
        found = stationary_state(model, to_complex(end))
        distance = float(np.linalg.norm(found.unknowns - end))
    except ConvergenceError:
        found, distance = None, np.inf
    if found is None or found.growth_rate >= 0 or distance > 1e-2 * max(float(np.linalg.norm(end)), 1.0):
        raise ConvergenceError(
            f"the field of {type(model).__name__} still moves after a time of {burn_in:g}: nothing at rest is near"
        )
    return Attractor("fixed point", (), photons * np.abs(found.field) ** 2, found.growth_rate, found)
