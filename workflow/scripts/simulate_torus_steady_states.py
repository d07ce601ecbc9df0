"""One job of the truncated-Wigner steady states of the two cavities at the alephs of the exact solution."""

from contextlib import ExitStack

import numpy as np
import xarray as xr

from openkerr.runtime.io import write_raw
from openkerr.runtime.jobs import job
from openkerr.solvers.ensemble_data import ensemble_dataset, join_datasets
from openkerr.solvers.sde import Reduction
from openkerr.solvers.time_grid import TimeGrid, window_bins
from openkerr.studies.torus_ensemble import simulate_dimer

with job(snakemake) as current:
    numerics, alephs = snakemake.params.numerics, snakemake.params.alephs
    grid = TimeGrid.from_times(
        numerics["time_step"], numerics["sampling_interval"], numerics["burn_in"] + numerics["averaging_time"]
    )
    trajectories = range(*snakemake.params.trajectories)
    progress = current.progress(grid.n_steps * len(trajectories) * len(alephs))
    parts = []
    with ExitStack() as checkpoints:
        for aleph in alephs:
            ensemble = simulate_dimer(
                snakemake.params.model | {"aleph": aleph},
                *(grid, numerics, snakemake.params.seed, "torus_steady_states"),
                start=[snakemake.params.initial_amplitude] * 2,
                trajectories=trajectories,
                reduction=Reduction(bin_of_sample=window_bins(grid, numerics["burn_in"])),
                n_threads=snakemake.threads,
                checkpoint=checkpoints.enter_context(current.checkpoint(aleph=aleph)),
                progress=progress,
            )
            parts.append(ensemble_dataset(ensemble, "1/eta").drop_vars("time"))
        scanned = xr.Variable("aleph", np.array(alephs, dtype=float), {"units": "1"})
        write_raw(join_datasets(parts, scanned), snakemake.output[0], current.provenance())
