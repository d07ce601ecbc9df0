"""One job of ensembles of the two cavities: means of exp(i theta) at every sample."""

from contextlib import ExitStack

import xarray as xr

from openkerr.runtime.io import write_raw
from openkerr.runtime.jobs import job
from openkerr.solvers.ensemble_data import join_datasets, phases_dataset
from openkerr.solvers.sde import Reduction
from openkerr.solvers.time_grid import TimeGrid
from openkerr.studies.torus_ensemble import simulate_dimer

with job(snakemake) as current:
    numerics, alephs = snakemake.params.numerics, snakemake.params.alephs
    grid = TimeGrid.from_times(numerics["time_step"], numerics["sampling_interval"], numerics["final_time"])
    trajectories = range(*snakemake.params.trajectories)
    progress = current.progress(len(alephs) * grid.n_steps * len(trajectories))
    parts = []
    with ExitStack() as checkpoints:
        for aleph in alephs:
            ensemble = simulate_dimer(
                snakemake.params.model | {"aleph": aleph},
                *(grid, numerics, snakemake.params.seed, "torus_circular_variance"),
                start=[snakemake.params.initial_amplitude] * 2,
                trajectories=trajectories,
                reduction=Reduction(moment_order=1, phases=True),
                n_threads=snakemake.threads,
                checkpoint=checkpoints.enter_context(current.checkpoint(aleph=aleph)),
                progress=progress,
            )
            parts.append(phases_dataset(ensemble, "1/eta"))
        raw = join_datasets(parts, xr.Variable("aleph", alephs, {"units": "1"}))
        write_raw(raw, snakemake.output[0], current.provenance())
