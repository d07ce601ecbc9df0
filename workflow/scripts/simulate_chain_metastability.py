"""One job of passages to the wave or away from it: photon numbers of single trajectories in windows."""

from contextlib import ExitStack

import numpy as np
import xarray as xr

from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.numerics.rng import stream_seed
from openkerr.runtime.io import write_raw
from openkerr.runtime.jobs import job
from openkerr.solvers.ensemble_data import join_datasets
from openkerr.solvers.sde import Reduction, simulate_ensemble
from openkerr.solvers.time_grid import TimeGrid
from openkerr.studies.chain_metastability import raw
from openkerr.studies.chain_wave.scan import wave_if_any

with job(snakemake) as current:
    numerics, case = snakemake.params.numerics, snakemake.params.case
    drives, lengths = case["drive_amplitudes"], snakemake.params.lengths
    grid = TimeGrid.from_times(numerics["time_step"], numerics["sampling_interval"], case["final_time"])
    trajectories = range(*snakemake.params.trajectories)
    progress = current.progress(grid.n_steps * len(trajectories) * len(drives) * len(lengths))
    parts = []
    with ExitStack() as checkpoints:
        for length in lengths:
            points = []
            for drive in drives:
                parameters = snakemake.params.model | {"length": int(length), "drive_amplitude": drive}
                model = BoseHubbardChain(**parameters)
                state, missing = wave_if_any(model, "twa")
                if state is None:
                    current.log.warning("%s", missing)
                    points.append(raw.no_passages(grid, numerics["window"], trajectories))
                    progress(grid.n_steps * len(trajectories))
                    continue
                ensemble = simulate_ensemble(
                    model,
                    grid,
                    start=state.field if case["start"] == "rnw" else np.zeros(model.length),
                    sampled_start=case["start"] != "rest",
                    bath_noise=case["bath_noise"],
                    seed=stream_seed(
                        snakemake.params.seed, "chain_metastability", model.noise_label(parameters), case["start"]
                    ),
                    trajectories=trajectories,
                    reduction=Reduction(
                        raw.whole_windows(grid, numerics["window"]),
                        moment_order=1,
                        trajectory_means=raw.watched_modes(model.length),
                    ),
                    stepper=numerics["stepper"],
                    precision=numerics["precision"],
                    noise=numerics["noise"],
                    batch_size=case["batch_size"],
                    n_threads=snakemake.threads,
                    checkpoint=checkpoints.enter_context(current.checkpoint(length=length, drive_amplitude=drive)),
                    progress=progress,
                )
                points.append(raw.passages_dataset(ensemble, grid, numerics["window"], raw.wave_numbers(state)))
            scanned = xr.Variable("drive_amplitude", np.array(drives, dtype=float), {"units": "gamma"})
            parts.append(join_datasets(points, scanned))
        scanned = xr.Variable("length", np.array(lengths, dtype=int), {"units": "sites"})
        data = join_datasets(parts, scanned)
        names = raw.case_coordinates(model, case, lengths[0], numerics["window"], numerics["time_step"])
        write_raw(data.assign_coords(names), snakemake.output[0], current.provenance())
