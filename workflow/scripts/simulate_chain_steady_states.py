"""One job of a scan of chain steady states: windows of the whole run, then replicas of the last states."""

from contextlib import ExitStack

import numpy as np
import xarray as xr

from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.numerics.rng import stream_seed
from openkerr.runtime.io import write_raw
from openkerr.runtime.jobs import job
from openkerr.solvers.ensemble_data import join_datasets
from openkerr.solvers.replicas import simulate_replicas
from openkerr.solvers.sde import Reduction, simulate_ensemble
from openkerr.solvers.time_grid import TimeGrid
from openkerr.studies.chain_map import raw

with job(snakemake) as current:
    numerics, saturation = snakemake.params.numerics, snakemake.params.saturation
    drives = snakemake.params.drive_amplitudes
    grid = TimeGrid.from_times(
        numerics["time_step"], numerics["sampling_interval"], numerics["burn_in"] + numerics["averaging_time"]
    )
    replica_grid = TimeGrid.from_times(
        saturation["time_step"],
        saturation["sampling_interval"],
        saturation["growth_time"] + saturation["averaging_time"],
    )
    trajectories = range(*snakemake.params.trajectories)
    # The first trajectories of every steady state get a replica.
    replicated = range(trajectories.start, min(trajectories.stop, saturation["n_trajectories"]))
    work = grid.n_steps * len(trajectories) + 2 * replica_grid.n_steps * len(replicated)
    progress = current.progress(work * len(drives))
    bins = raw.whole_run_bins(grid, numerics["burn_in"])
    length = snakemake.params.model["length"]
    sites = raw.watched_sites(length)
    parts = []
    with ExitStack() as checkpoints:
        for drive in drives:
            parameters = snakemake.params.model | {"drive_amplitude": drive}
            model = BoseHubbardChain(**parameters)
            label = model.noise_label(parameters)
            ensemble = simulate_ensemble(
                model,
                grid,
                start=np.zeros(length),
                seed=stream_seed(snakemake.params.seed, "chain_steady_states", label),
                trajectories=trajectories,
                reduction=Reduction(bin_of_sample=bins, trajectory_means=[length - 1], final_states=True),
                stepper=numerics["stepper"],
                precision=numerics["precision"],
                noise=numerics["noise"],
                batch_size=numerics["batch_size"],
                n_threads=snakemake.threads,
                checkpoint=checkpoints.enter_context(current.checkpoint(drive_amplitude=drive)),
                progress=progress,
            )
            part = raw.steady_state_dataset(ensemble, bins, sites, "1/gamma")
            if len(replicated):
                replicas = simulate_replicas(
                    model,
                    replica_grid,
                    states=ensemble.states,
                    seed=stream_seed(snakemake.params.seed, "chain_saturation", label),
                    trajectories=replicated,
                    sources=[0],
                    angle=saturation["angle"],
                    split_sample=0,
                    stepper="strang",
                    batch_size=saturation["batch_size"],
                    checkpoint=checkpoints.enter_context(current.checkpoint(drive_amplitude=drive, replicas=True)),
                    progress=progress,
                )
                part = part.merge(raw.saturation_dataset(replicas, saturation["growth_time"], sites))
            parts.append(part)
        scanned = xr.Variable("drive_amplitude", np.array(drives, dtype=float), {"units": "gamma"})
        data = join_datasets(parts, scanned).assign_coords(raw.scan_coordinates(model, numerics))
        write_raw(data, snakemake.output[0], current.provenance())
