"""One job of a scan of chain steady states: moments of every site in windows after the burn-in."""

from contextlib import ExitStack

import numpy as np
import xarray as xr

from openkerr.io import write_raw
from openkerr.jobs import job
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.rng import stream_seed
from openkerr.solvers.ensemble_data import ensemble_dataset, join_datasets
from openkerr.solvers.sde import Reduction, simulate_ensemble
from openkerr.solvers.time_grid import TimeGrid, window_bins

with job(snakemake) as current:
    numerics = snakemake.params.numerics
    drives = snakemake.params.drive_amplitudes
    grid = TimeGrid.from_times(
        numerics["time_step"], numerics["sampling_interval"], numerics["burn_in"] + numerics["averaging_time"]
    )
    trajectories = range(*snakemake.params.trajectories)
    progress = current.progress(grid.n_steps * len(trajectories) * len(drives))
    parts = []
    with ExitStack() as checkpoints:
        for drive in drives:
            parameters = snakemake.params.model | {"drive_amplitude": drive}
            ensemble = simulate_ensemble(
                BoseHubbardChain(**parameters),
                grid,
                start=np.zeros(parameters["length"]),
                seed=stream_seed(snakemake.params.seed, "chain_steady_states", parameters),
                trajectories=trajectories,
                reduction=Reduction(bin_of_sample=window_bins(grid, numerics["burn_in"])),
                stepper=numerics["stepper"],
                precision=numerics["precision"],
                noise=numerics["noise"],
                batch_size=numerics["batch_size"],
                n_threads=snakemake.threads,
                checkpoint=checkpoints.enter_context(current.checkpoint(drive_amplitude=drive)),
                progress=progress,
            )
            parts.append(ensemble_dataset(ensemble, "1/gamma").drop_vars("time"))
        scanned = xr.Variable("drive_amplitude", np.array(drives, dtype=float), {"units": "gamma"})
        write_raw(join_datasets(parts, scanned), snakemake.output[0], current.provenance())
