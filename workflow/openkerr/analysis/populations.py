"""Populations of the two cavities against time, from the partial sums of truncated-Wigner ensembles."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from openkerr.numerics.stats import batch_mean


def populations_table(parts: Sequence[xr.Dataset]) -> pd.DataFrame:
    """Mean and envelope of n_k/aleph = |alpha_k|² - 1/(2 aleph) at every sampled time.

    Parameters
    ----------
    parts : sequence of xarray.Dataset
        Jobs of one ensemble, every sample its own bin; any order.  ``aleph`` is a scalar coordinate.

    Returns
    -------
    pandas.DataFrame
        Columns of table ``torus_populations``.
    """
    parts = sorted(parts, key=lambda part: int(part["batch"][0]))
    weights = np.concatenate([part["n_valid"].values for part in parts])
    density = np.concatenate([part["moments"].sel(moment="abs2").values for part in parts])
    mean, stderr = batch_mean(density, weights)
    lowest = np.min([part["abs2_min"].min("batch").values for part in parts], axis=0)
    highest = np.max([part["abs2_max"].max("batch").values for part in parts], axis=0)
    times, modes = parts[0]["time"].values, parts[0]["mode"].values
    aleph = parts[0]["aleph"].item()
    vacuum = 0.5 / aleph
    return pd.concat(
        pd.DataFrame(
            {
                "aleph": aleph,
                "mode": mode,
                "time": times,
                "n_over_aleph": mean[:, k] - vacuum,
                "n_over_aleph_stderr": stderr[:, k],
                "n_over_aleph_min": lowest[:, k] - vacuum,
                "n_over_aleph_max": highest[:, k] - vacuum,
                "n_trajectories": weights.sum(),
            }
        )
        for k, mode in enumerate(modes)
    )


def trajectories_table(parts: Sequence[xr.Dataset]) -> pd.DataFrame:
    """n_k/aleph of the single trajectories that an ensemble keeps; columns of table ``torus_trajectories``."""
    frames = []
    for part in parts:
        if "path" not in part.coords:
            continue
        density = part["path_re"] ** 2 + part["path_im"] ** 2 - 0.5 / part["aleph"].item()
        frame = density.rename("n_over_aleph").to_dataframe().reset_index()
        frames.append(frame.rename(columns={"path": "trajectory"}))
    return pd.concat(frames).sort_values(["trajectory", "mode", "time"], ignore_index=True)
