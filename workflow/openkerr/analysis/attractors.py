"""Tables of the classical attractors of the two cavities, from Lyapunov runs at many parameters."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np
import pandas as pd
import xarray as xr

from openkerr.analysis.attractor_class import classify_attractor

RESOLUTION = 0.01
"""Rate, in units of eta, below which an exponent may pass for zero."""


def attractors_table(runs: Sequence[xr.Dataset]) -> pd.DataFrame:
    """One row a run: Lyapunov exponents, class of the attractor, frequencies.

    Parameters
    ----------
    runs : sequence of xarray.Dataset
        Dimensions (omega, start, exponent), some also tunneling; ``tunneling``; attribute ``sweep``; variables
        ``exponent_value``, ``exponent_stderr``, ``exponent_systematic``, ``aligned``, ``nu_phi``, ``nu_psi``,
        ``averaging_time``.

    Returns
    -------
    pandas.DataFrame
        Columns of table ``torus_attractors``.
    """
    rows = []
    split = (
        [run.isel(tunneling=k) for k in range(run.sizes["tunneling"])] if "tunneling" in run.dims else [run]
        for run in runs
    )
    for run in chain.from_iterable(split):
        duration = float(run["averaging_time"])
        for omega in run["omega"].values:
            at = run.sel(omega=omega)
            for start in run["start"].values:
                one = at.sel(start=start)
                values, errors = one["exponent_value"].values, one["exponent_stderr"].values
                systematic = one["exponent_systematic"].values
                both = np.hypot(errors, systematic)
                found = classify_attractor(values, both, duration, resolution=RESOLUTION)
                row = {
                    "omega": omega,
                    "tunneling": float(run["tunneling"]),
                    "sweep": run.attrs["sweep"],
                    "start": start,
                    "attractor": found.attractor,
                    "decided": int(found.decided),
                    "aligned": int(one["aligned"]),
                    "nu_phi": float(one["nu_phi"]),
                    "nu_psi": float(one["nu_psi"]),
                    "averaging_time": duration,
                }
                for index, (value, error, shift) in enumerate(zip(values, errors, systematic, strict=True), 1):
                    name = f"lyapunov_{index}"
                    row |= {name: value, f"{name}_stderr": error, f"{name}_systematic": shift}
                rows.append(row)
    frame = pd.DataFrame(rows).drop_duplicates(["omega", "tunneling", "sweep", "start"])
    frame = frame.sort_values(["tunneling", "sweep", "start", "omega"], ignore_index=True)
    return frame.assign(nu_phi=continued_frequency(frame))


def continued_frequency(frame: pd.DataFrame) -> pd.Series:
    """nu_phi on one branch: defined modulo nu_psi, it is followed along the sweep down from its smallest modulus.

    Rows of a tunneling without such a sweep, and of limit cycles, keep their value.
    """
    result = frame["nu_phi"].copy()
    torus = frame["nu_psi"].notna()
    for _, rows in frame[torus].groupby("tunneling"):
        sweep = rows[rows["sweep"] == "down"].sort_values("omega", ascending=False)
        reference: dict[float, float] = {}
        last = None
        for _, row in sweep.iterrows():
            value = row["nu_phi"]
            last = value if last is None else value + row["nu_psi"] * np.round((last - value) / row["nu_psi"])
            reference[row["omega"]] = last
        for index, row in rows.iterrows():
            if row["omega"] in reference:
                turns = np.round((reference[row["omega"]] - row["nu_phi"]) / row["nu_psi"])
                result[index] = row["nu_phi"] + turns * row["nu_psi"]
    return result


def hysteresis(table: pd.DataFrame) -> tuple[float, float] | None:
    """Smallest and largest omega at which the sweeps up and down find attractors of different classes, or ``None``."""
    sweeps = table[table["sweep"] != "fixed"].pivot(index="omega", columns="sweep", values="attractor")
    different = sweeps.index[sweeps["up"] != sweeps["down"]]
    return (float(different.min()), float(different.max())) if len(different) else None


def branches_table(branches: Sequence, tunneling: float) -> pd.DataFrame:
    """Rows of table ``torus_branches``: every point of some branches over omega.

    Parameters
    ----------
    branches : sequence
        With ``values`` (omega) and ``points``, whose ``solution`` is a relative equilibrium (``state``, ``nu``) or a
        relative periodic orbit (``nu_phi``, ``nu_psi``, ``nodes``, ``sample``), with ``growth`` and ``n_unstable``.
    """
    rows = []
    for number, branch in enumerate(branches):
        for place, (omega, point) in enumerate(zip(branch.values, branch.points, strict=True)):
            one = point.solution
            periodic = hasattr(one, "nu_psi")
            fields = one.sample(64 * len(one.nodes)) if periodic else np.asarray(one.state)[:, None]
            density = np.abs(fields) ** 2
            row = {
                "omega": omega,
                "tunneling": tunneling,
                "object": _kind(one),
                "branch": number,
                "point": place,
                "n_unstable": one.n_unstable,
                "growth": float(np.max(np.real(one.growth))),
                "nu_phi": one.nu_phi if periodic else one.nu,
                "nu_psi": one.nu_psi if periodic else np.nan,
            }
            for mode in (0, 1):
                row |= {f"n{mode + 1}_min": density[mode].min(), f"n{mode + 1}_max": density[mode].max()}
            rows.append(row)
    return pd.DataFrame(rows)


def bifurcations_table(branches: Sequence, homoclinics: Sequence, tunneling: float) -> pd.DataFrame:
    """Rows of table ``torus_bifurcations``.

    Parameters
    ----------
    branches : sequence
        As in `branches_table`, with ``bifurcations`` (``kind``, ``value``, ``frequency``).
    homoclinics : sequence
        With ``branch``, ``value``, ``rate``, ``saddle_rate``.
    """
    rows = [
        {
            "omega": one.value,
            "object": _kind(branch.points[0].solution),
            "branch": number,
            "bifurcation": one.kind,
            "frequency": one.frequency,
        }
        for number, branch in enumerate(branches)
        for one in branch.bifurcations
    ]
    rows += [
        {
            "omega": one.value,
            "object": "relative_periodic_orbit",
            "branch": one.branch,
            "bifurcation": "homoclinic",
            "frequency": 0.0,
            "rate": one.rate,
            "saddle_rate": one.saddle_rate,
        }
        for one in homoclinics
    ]
    frame = pd.DataFrame(rows, columns=["omega", "object", "branch", "bifurcation", "frequency", "rate", "saddle_rate"])
    return frame.assign(tunneling=tunneling)


def _kind(solution: object) -> str:
    return "relative_periodic_orbit" if hasattr(solution, "nu_psi") else "relative_equilibrium"
