"""Jobs of one ensemble, joined."""

from __future__ import annotations

from collections.abc import Sequence

import xarray as xr


def join_batches(parts: Sequence[xr.Dataset]) -> xr.Dataset:
    """Data sets of the jobs of one ensemble, along ``batch`` in the order of their trajectories.

    Parameters
    ----------
    parts : sequence of xarray.Dataset
        With a coordinate ``batch``, the first trajectory of each; what has no batches is the same in all.
    """
    ordered = sorted(parts, key=lambda part: int(part["batch"][0]))
    return xr.concat(ordered, "batch", data_vars="minimal", coords="minimal", compat="equals", join="exact")
