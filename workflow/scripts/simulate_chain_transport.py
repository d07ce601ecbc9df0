"""One job of a series of chains: means of products of neighbouring fields in the steady state of each length."""

from contextlib import ExitStack

import numpy as np

from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.numerics.rng import stream_seed
from openkerr.runtime.io import write_raw
from openkerr.runtime.jobs import job
from openkerr.solvers.sde import simulate_ensemble
from openkerr.solvers.time_grid import TimeGrid
from openkerr.studies.chain_transport.raw import series_dataset, transport_reduction
from openkerr.studies.chain_wave.scan import wave_if_any

with job(snakemake) as current:
    series, numerics = snakemake.params.series, snakemake.params.numerics
    trajectories = range(*snakemake.params.trajectories)
    grids = [
        TimeGrid.from_times(numerics["time_step"], numerics["sampling_interval"], burn_in + series["averaging_time"])
        for burn_in in series["burn_ins"]
    ]
    work = sum(grid.n_steps * length for grid, length in zip(grids, series["lengths"], strict=True))
    progress = current.progress(work * len(trajectories))
    ensembles = []
    with ExitStack() as checkpoints:
        for length, burn_in, grid in zip(series["lengths"], series["burn_ins"], grids, strict=True):
            parameters = snakemake.params.model | {"length": length, "drive_amplitude": series["drive_amplitude"]}
            model = BoseHubbardChain(**parameters)
            state, missing = wave_if_any(model) if series["start"] == "wave" else (None, "")
            if missing:
                current.log.warning("%s: it starts from the vacuum", missing)
            start = np.zeros(length) if state is None else state.field
            ensembles.append(
                simulate_ensemble(
                    model,
                    grid,
                    start=start,
                    seed=stream_seed(snakemake.params.seed, "chain_transport", model.noise_label(parameters)),
                    trajectories=trajectories,
                    reduction=transport_reduction(length, grid, burn_in, snakemake.params.n_windows),
                    stepper=numerics["stepper"],
                    precision=numerics["precision"],
                    noise=numerics["noise"],
                    batch_size=numerics["batch_size"],
                    n_threads=snakemake.threads,
                    checkpoint=checkpoints.enter_context(current.checkpoint(length=length)),
                    progress=lambda amount, length=length: progress(amount * length),
                )
            )
        data = series_dataset(ensembles, model, series["start"], numerics)
        write_raw(data, snakemake.output[0], current.provenance())
