"""One job of a scan of chain steady states: moments of every site in windows after the burn-in."""

import numpy as np
import xarray as xr

from openkerr.io import write_raw
from openkerr.jobs import job
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.rng import stream_seed
from openkerr.solvers.ensemble_data import ensemble_dataset
from openkerr.solvers.sde import Reduction, TimeGrid, simulate_ensemble, window_bins

with job(snakemake.params, snakemake.log[0], snakemake.threads) as current:
    numerics = snakemake.params.numerics
    first, stop = snakemake.params.trajectories
    grid = TimeGrid.from_times(
        numerics["time_step"],
        numerics["sampling_interval"],
        numerics["burn_in"] + numerics["averaging_time"],
    )
    parts = []
    for drive in snakemake.params.drive_amplitudes:
        parameters = snakemake.params.model | {"drive_amplitude": drive}
        ensemble = simulate_ensemble(
            BoseHubbardChain(**parameters),
            grid,
            start=np.zeros(parameters["length"]),
            seed=stream_seed(snakemake.params.seed, "chain_steady_states", parameters),
            trajectories=range(first, stop),
            reduction=Reduction(bin_of_sample=window_bins(grid, numerics["burn_in"])),
            batch_size=numerics["batch_size"],
            n_threads=snakemake.threads,
        )
        parts.append(ensemble_dataset(ensemble, "1/gamma").drop_vars("time"))
        current.log.info("drive amplitude %g", drive)
    drives = xr.Variable(
        "drive_amplitude", np.array(snakemake.params.drive_amplitudes, dtype=float), {"units": "gamma"}
    )
    data = xr.concat(parts, drives, data_vars="all")
    for name in data.data_vars:
        data[name].attrs["units"] = "1"
    write_raw(data, snakemake.output[0], current.provenance())
