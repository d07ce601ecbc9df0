"""One job of the truncated-Wigner steady states of two sites: a U, an interval of drives, both starts."""

from contextlib import ExitStack

import numpy as np
import xarray as xr

from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.numerics.rng import stream_seed
from openkerr.runtime.io import write_raw
from openkerr.runtime.jobs import job
from openkerr.solvers.ensemble_data import ensemble_dataset, join_datasets, mean_fields
from openkerr.solvers.sde import Reduction, simulate_ensemble
from openkerr.solvers.time_grid import TimeGrid, window_bins

with job(snakemake) as current:
    numerics, drives, starts = snakemake.params.numerics, snakemake.params.drive_amplitudes, snakemake.params.starts
    grid = TimeGrid.from_times(
        numerics["time_step"], numerics["sampling_interval"], numerics["burn_in"] + numerics["averaging_time"]
    )
    trajectories = range(snakemake.params.n_trajectories)
    progress = current.progress(grid.n_steps * len(trajectories) * len(drives) * len(starts))
    parts = []
    with ExitStack() as checkpoints:
        for drive in drives:
            parameters = snakemake.params.model | {"length": 2, "drive_amplitude": drive}
            model = BoseHubbardChain(**parameters)
            fields, found = np.zeros(2, dtype=complex), []
            for start in starts:
                ensemble = simulate_ensemble(
                    model,
                    grid,
                    start=fields,
                    seed=stream_seed(snakemake.params.seed, f"chain_dimer_{start}", model.noise_label(parameters)),
                    trajectories=trajectories,
                    reduction=Reduction(
                        bin_of_sample=window_bins(grid, numerics["burn_in"], snakemake.params.n_windows)
                    ),
                    stepper=numerics["stepper"],
                    precision=numerics["precision"],
                    noise=numerics["noise"],
                    batch_size=numerics["batch_size"],
                    n_threads=snakemake.threads,
                    checkpoint=checkpoints.enter_context(current.checkpoint(drive=drive, start=start)),
                    progress=progress,
                )
                found.append(ensemble_dataset(ensemble, "1/gamma").drop_vars("time"))
                # The next start: coherent states at the mean fields that this one led to.
                fields = mean_fields(ensemble)
            parts.append(join_datasets(found, xr.Variable("initial_state", list(starts))))
        scanned = xr.Variable("drive_amplitude", np.array(drives, dtype=float), {"units": "gamma"})
        data = join_datasets(parts, scanned).assign_coords(
            kerr=((), model.kerr, {"units": "gamma"}),
            burn_in=((), numerics["burn_in"], {"units": "1/gamma"}),
            averaging_time=((), numerics["averaging_time"], {"units": "1/gamma"}),
        )
        write_raw(data, snakemake.output[0], current.provenance())
