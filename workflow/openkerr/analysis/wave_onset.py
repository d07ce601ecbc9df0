"""Onset of the wave site by site, from windows of an ensemble and of single trajectories."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from openkerr.numerics.stats import batch_mean, jackknife

HALF = 0.5
"""Share of the wave's photon number, and |<exp(i theta)>|, that counts as there."""


def onset_grid(ensemble: xr.Dataset, singles: Sequence[xr.Dataset]) -> xr.Dataset:
    """Photon number, mean phase and phase coherence of every site against time.

    Parameters
    ----------
    ensemble : xarray.Dataset
        Joined batches of `openkerr.studies.chain_metastability.raw.onset_dataset`, without single trajectories.
    singles : sequence of xarray.Dataset
        Parts that hold single trajectories.

    Returns
    -------
    xarray.Dataset
        ``photon_number``, ``photon_number_stderr``, ``mean_phase`` in radians and ``coherence`` = |<exp(i theta)>|
        (time, site); ``single_photon_number``, ``single_phase`` and ``single_coherence``, means over a window of one
        trajectory (trajectory, time, site); ``wave_photon_number`` (site).  Times are the middles of the windows.
    """
    weights = ensemble["n_valid"].to_numpy()
    number, stderr = batch_mean(ensemble["abs2"].to_numpy() - 0.5, weights)
    share = weights / weights.sum()
    mean = np.tensordot(share, ensemble["phase_re"].to_numpy() + 1j * ensemble["phase_im"].to_numpy(), axes=1)
    arrays = {
        "photon_number": (("time", "site"), number),
        "photon_number_stderr": (("time", "site"), stderr),
        "mean_phase": (("time", "site"), np.angle(mean)),
        "coherence": (("time", "site"), np.abs(mean)),
        "wave_photon_number": ("site", ensemble["wave_photon_number"].to_numpy()),
    }
    ends = ensemble["end"].to_numpy()
    coords = {
        "time": ("time", ends - 0.5 * ends[0], {"units": "1/gamma"}),
        "site": ("site", ensemble["site"].to_numpy()),
        "length": ensemble["length"],
        "drive_amplitude": ensemble["drive_amplitude"],
    }
    if singles:
        joined = xr.concat(sorted(singles, key=lambda part: int(part["path"][0])), "path", data_vars="minimal")
        unit = joined["path_phase_re"].to_numpy() + 1j * joined["path_phase_im"].to_numpy()
        dims = ("trajectory", "time", "site")
        arrays |= {
            "single_photon_number": (dims, joined["path_abs2"].to_numpy() - 0.5),
            "single_phase": (dims, np.angle(unit)),
            "single_coherence": (dims, np.abs(unit)),
        }
        coords["trajectory"] = ("trajectory", joined["path"].to_numpy())
    units = {"mean_phase": "rad", "single_phase": "rad"}
    return xr.Dataset(
        {name: (dims, values, {"units": units.get(name, "1")}) for name, (dims, values) in arrays.items()},
        coords=coords,
    )


def onset_times(ensemble: xr.Dataset) -> pd.DataFrame:
    """Rows of table ``chain_onset_times``: when photons and phase of each site are there, with errors from batches.

    The photon number rises when its mean first reaches `HALF` of the wave's, the phase sets in when |<exp(i theta)>|
    passes `HALF` for the last time; between the middles of windows both are taken as linear. Either is empty where it
    is so from the first window on, or not by the last one.

    Parameters
    ----------
    ensemble : xarray.Dataset
        As in `onset_grid`.
    """
    ends, wave = ensemble["end"].to_numpy(), ensemble["wave_photon_number"].to_numpy()
    times = ends - 0.5 * ends[0]
    parts = np.stack([ensemble[name].to_numpy() for name in ("abs2", "phase_re", "phase_im")], axis=1)
    sites = range(len(wave))

    def estimates(mean: np.ndarray) -> np.ndarray:
        number, coherence = mean[:, 0] - 0.5, np.hypot(mean[:, 1], mean[:, 2])
        rises = np.array([[_rise(times, one[:, site], HALF * wave[site]) for site in sites] for one in number])
        phases = np.array([[_rise(times, one[:, site], HALF, last=True) for site in sites] for one in coherence])
        at_rise = [
            [np.interp(rises[k, site], times, coherence[k, :, site]) for site in sites] for k in range(len(coherence))
        ]
        return np.stack([rises, phases, np.array(at_rise)], axis=1)

    weights = ensemble["n_valid"].to_numpy()
    value, error = jackknife(estimates, parts, weights)
    # A passage jumps where noise makes another one the first or the last: no bias that the jackknife could take off.
    value[:2] = estimates(np.average(parts, axis=0, weights=weights)[np.newaxis])[0, :2]
    frame = pd.DataFrame(
        {
            "length": ensemble["length"].item(),
            "drive_amplitude": ensemble["drive_amplitude"].item(),
            "site": ensemble["site"].to_numpy(),
        }
    )
    for index, name in enumerate(("rise_time", "phase_time", "coherence_at_rise")):
        known = np.isfinite(value[index]) & np.isfinite(error[index])
        frame[name] = np.where(known, value[index], np.nan)
        frame[f"{name}_stderr"] = np.where(known, error[index], np.nan)
    return frame


def _rise(times: np.ndarray, values: np.ndarray, level: float, *, last: bool = False) -> float:
    """Time at which values pass a level upwards, for the first or the last time; NaN if they begin or end beyond it."""
    below = np.flatnonzero(values < level)
    place = below[-1] if last and len(below) else np.argmax(values >= level) - 1
    if place < 0 or place + 1 >= len(values) or values[place + 1] < level:
        return np.nan
    low, high = values[place : place + 2]
    return float(times[place] + (times[place + 1] - times[place]) * (level - low) / (high - low))
