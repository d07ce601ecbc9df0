"""Slow modes of a charge sector over aleph as a labelled data set."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import xarray as xr

from openkerr.solvers.liouvillian_continuation import SlowModes
from openkerr.solvers.liouvillian_observables import operator_in_frame, photon_moments, steady_state, windings
from openkerr.solvers.relative_orbits import RelativeEquilibrium, RelativePeriodicOrbit
from openkerr.studies.torus_liouvillian.fock_space import fock_states

TORUS_POINTS = 64
"""Points along the torus at which windings are counted."""


def modes_dataset(solution: SlowModes, torus: np.ndarray | None, operators: bool) -> xr.Dataset:
    """One aleph: eigenvalues with their checks, photon moments for charge zero, operators in the other's frame.

    Parameters
    ----------
    solution : SlowModes
        Its scale is aleph.
    torus : (n_modes, n_points) complex, optional
        Rescaled fields of the limit torus at equal distances in psi, for the orders m.
    operators : bool
        Whether operators of the single cavities are kept.

    Returns
    -------
    xarray.Dataset
        Over ``index``, the number of the mode; with operators over ``mode``, ``n_left`` and ``n_right`` too.  The
        scalar coordinate ``charge`` names the sector.
    """
    modes, basis = solution.modes, solution.basis
    count = len(modes.values)
    orders, shares = np.zeros(count), np.full(count, np.nan)
    if torus is not None:
        orders, shares = windings(basis, modes.vectors, torus * math.sqrt(solution.scale))
        if basis.charge == 0:
            # What decays without turning is of no line: its windings are as much one way as the other.
            shares[1:][np.abs(modes.values[1:].imag) < 1e-6] = np.nan
    columns = {
        "eigenvalue_re": (modes.values.real, "eta"),
        "eigenvalue_im": (modes.values.imag, "eta"),
        "residual": (modes.residuals, "eta"),
        "basis_error": (solution.basis_errors, "eta"),
        "trace_leak": (solution.trace_leaks, "eta"),
        "method_difference": (solution.method_differences, "eta"),
        "m": (orders.astype(float), "1"),
        "m_share": (shares, "1"),
    }
    data = xr.Dataset(
        {name: (("index",), values, {"units": unit}) for name, (values, unit) in columns.items()},
        coords={"index": np.arange(count)},
    )
    data["basis_size"] = ((), basis.size, {"units": "1"})
    data["core_size"] = ((), solution.core_size, {"units": "1"})
    if basis.charge == 0:
        moments = photon_moments(basis, steady_state(basis, modes.vectors[0]))
        data["photon_moments"] = (("mode", "order"), moments, {"units": "1"})
    if operators:
        size = fock_states(solution.scale)
        vectors = modes.vectors.copy()
        if basis.charge == 0:
            vectors[0] = steady_state(basis, vectors[0])
        kept = np.array([[operator_in_frame(basis, v, mode, size) for mode in range(basis.n_modes)] for v in vectors])
        dims = ("index", "mode", "n_left", "n_right")
        data["operator_re"] = (dims, kept.real.astype(np.float32), {"units": "1"})
        data["operator_im"] = (dims, kept.imag.astype(np.float32), {"units": "1"})
    return data.assign_coords(mode=np.arange(1, basis.n_modes + 1), charge=((), basis.charge, {"units": "1"}))


def join_alephs(datasets: Sequence[xr.Dataset], alephs: Sequence[float], torus: np.ndarray | None) -> xr.Dataset:
    """All alephs in one data set; what grows with aleph stands in variables of its own.

    Returns
    -------
    xarray.Dataset
        Over ``aleph``; operators of aleph ``i`` as ``operator_re_i`` and ``operator_im_i``; the torus as ``torus_re``
        and ``torus_im`` (mode, point), each cavity in the frame of the other's phase.
    """
    large = ("operator_re", "operator_im")
    plain = [data.drop_vars(large, errors="ignore") for data in datasets]
    axis = xr.Variable("aleph", np.asarray(alephs, dtype=float), {"units": "1"})
    joined = xr.concat(plain, axis, data_vars="all")
    for name, variable in plain[0].data_vars.items():
        joined[name].attrs.update(variable.attrs)
    for place, data in enumerate(datasets):
        for name in large:
            if name in data:
                dims = {"n_left": f"n_left_{place}", "n_right": f"n_right_{place}"}
                joined[f"{name}_{place}"] = data[name].rename(dims)
    if torus is not None:
        # alpha_1 turns half as fast as alpha_2: in its frame cavity 1 has two images, of which one is kept.
        frames = np.array([torus[0] * np.exp(-0.5j * np.angle(torus[1])), torus[1] * np.exp(-2j * np.angle(torus[0]))])
        joined["torus_re"] = (("mode", "point"), frames.real, {"units": "1"})
        joined["torus_im"] = (("mode", "point"), frames.imag, {"units": "1"})
    return joined


def torus_points(attractor: RelativeEquilibrium | RelativePeriodicOrbit) -> np.ndarray | None:
    """Fields of a limit torus at equal distances in psi: (n_modes, `TORUS_POINTS`); ``None`` for a limit cycle."""
    if isinstance(attractor, RelativeEquilibrium):
        return None
    n_segments = len(attractor.nodes)
    return attractor.sample(TORUS_POINTS * n_segments)[:, ::n_segments]


def line_shifts(attractor: RelativeEquilibrium | RelativePeriodicOrbit, charge: int) -> list[complex]:
    """Points next to the lines of a charge with |m| <= 2, off the imaginary axis."""
    if isinstance(attractor, RelativeEquilibrium):
        return [-0.01 - 1j * charge * attractor.nu]
    return [-0.01 - 1j * (charge * attractor.nu_phi + m * attractor.nu_psi) for m in range(-2, 3)]
