"""Phases of the resonant nonlinear wave in time: structure functions of single trajectories."""

import numpy as np
import xarray as xr

from openkerr.analysis.roughening import lag_samples, phase_structure
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.numerics.rng import stream_seed
from openkerr.runtime.io import write_raw
from openkerr.runtime.jobs import job
from openkerr.solvers.sde import Reduction, simulate_ensemble
from openkerr.solvers.time_grid import TimeGrid
from openkerr.studies.chain_wave.scan import wave_if_any

with job(snakemake) as current:
    numerics = snakemake.params.numerics
    model = BoseHubbardChain(**snakemake.params.model)
    final_time = numerics["burn_in"] + numerics["averaging_time"]
    grid = TimeGrid.from_times(numerics["time_step"], numerics["sampling_interval"], final_time)
    trajectories = range(numerics["n_trajectories"])
    sites, lags = np.array(numerics["sites"]), lag_samples(round(numerics["lag_time"] / numerics["sampling_interval"]))
    state, missing = wave_if_any(model)
    if state is None:
        current.log.warning("%s", missing)
        numbers, structure = np.zeros(0, int), np.zeros((0, len(lags), len(sites)))
    else:
        with current.checkpoint() as checkpoint:
            ensemble = simulate_ensemble(
                model,
                grid,
                start=state.field,
                seed=stream_seed(snakemake.params.seed, "chain_roughening", model.noise_label(snakemake.params.model)),
                trajectories=trajectories,
                reduction=Reduction(np.full(grid.n_samples, -1), moment_order=1, paths=trajectories),
                stepper=numerics["stepper"],
                precision=numerics["precision"],
                batch_size=len(trajectories),
                n_threads=snakemake.threads,
                checkpoint=checkpoint,
                progress=current.progress(grid.n_steps * len(trajectories)),
            )
        kept = ensemble.paths[grid.times > numerics["burn_in"]][:, sites - 1]
        numbers, structure = ensemble.path_numbers, phase_structure(kept, lags)
    data = xr.Dataset(
        {"structure": (("trajectory", "lag", "site"), structure, {"units": "rad^2"})},
        coords={
            "trajectory": numbers,
            "lag": ("lag", lags * numerics["sampling_interval"], {"units": "1/gamma"}),
            "site": sites,
        },
    )
    write_raw(data.assign_coords(model.coordinates()), snakemake.output[0], current.provenance())
