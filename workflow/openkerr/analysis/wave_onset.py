"""Onset of the wave site by site, from windows of an ensemble and of single trajectories."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from openkerr.numerics.stats import batch_mean


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
