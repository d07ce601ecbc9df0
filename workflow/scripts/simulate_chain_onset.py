"""One job of the onset of the wave: photon numbers and phases of all sites in windows, and of single trajectories."""

import numpy as np

from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.numerics.rng import stream_seed
from openkerr.runtime.io import write_raw
from openkerr.runtime.jobs import job
from openkerr.solvers.sde import Reduction, simulate_ensemble
from openkerr.solvers.time_grid import TimeGrid
from openkerr.studies.chain_metastability import raw
from openkerr.studies.chain_wave.scan import wave_if_any

with job(snakemake) as current:
    numerics, onset = snakemake.params.numerics, snakemake.params.onset
    parameters = snakemake.params.model
    model = BoseHubbardChain(**parameters)
    grid = TimeGrid.from_times(numerics["time_step"], numerics["sampling_interval"], onset["final_time"])
    trajectories = range(*snakemake.params.trajectories)
    with current.checkpoint() as checkpoint:
        ensemble = simulate_ensemble(
            model,
            grid,
            start=np.zeros(model.length),
            seed=stream_seed(snakemake.params.seed, "chain_onset", model.noise_label(parameters)),
            trajectories=trajectories,
            reduction=Reduction(
                raw.whole_windows(grid, onset["window"]),
                moment_order=2,
                phases=True,
                paths=[number for number in range(onset["n_paths"]) if number in trajectories],
            ),
            stepper=numerics["stepper"],
            precision=numerics["precision"],
            noise=numerics["noise"],
            batch_size=onset["batch_size"],
            n_threads=snakemake.threads,
            checkpoint=checkpoint,
            progress=current.progress(grid.n_steps * len(trajectories)),
        )
    state, missing = wave_if_any(model, "twa")
    if state is None:
        current.log.warning("%s", missing)
    wave = np.full(model.length, np.nan) if state is None else raw.wave_numbers(state)
    data = raw.onset_dataset(ensemble, grid, onset["window"], wave, model)
    write_raw(data, snakemake.output[0], current.provenance())
