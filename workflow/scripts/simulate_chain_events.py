"""One case of single passages: last sites of all trajectories, and those that pass once more with all sites."""

from contextlib import ExitStack
from dataclasses import replace
from functools import partial

import numpy as np
import xarray as xr

from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.numerics.rng import stream_seed
from openkerr.runtime.io import write_raw
from openkerr.runtime.jobs import job
from openkerr.solvers.ensemble_data import join_datasets
from openkerr.solvers.sde import Reduction, simulate_ensemble
from openkerr.solvers.time_grid import TimeGrid
from openkerr.studies.chain_metastability import events as study
from openkerr.studies.chain_metastability.raw import wave_numbers, whole_windows
from openkerr.studies.chain_wave.scan import wave_if_any

with job(snakemake) as current, ExitStack() as checkpoints:
    params, numerics, case = snakemake.params, snakemake.params.numerics, snakemake.params.case
    interval, window = numerics["sampling_interval"], numerics["window"]
    grid = TimeGrid.from_times(numerics["time_step"], interval, case["final_time"])
    trajectories, settled = range(params.events["n_trajectories"]), params.relaxation_per_site * case["length"]
    progress = current.progress(2 * grid.n_steps * len(trajectories) * len(case["thermal_occupations"]))
    points = []
    for occupation in case["thermal_occupations"]:
        names = {"length": case["length"], "drive_amplitude": case["drive_amplitude"], "thermal_occupation": occupation}
        parameters = params.model | names
        model = BoseHubbardChain(**parameters)
        state, missing = wave_if_any(model, "twa")
        if state is None:
            current.log.warning("%s", missing)
            if case["start"] == "rnw":
                continue
        run = partial(
            simulate_ensemble,
            model,
            grid,
            start=state.field if case["start"] == "rnw" else np.zeros(model.length),
            seed=stream_seed(params.seed, "chain_events", model.noise_label(parameters), case["start"]),
            trajectories=trajectories,
            stepper=numerics["stepper"],
            precision=numerics["precision"],
            noise=numerics["noise"],
            batch_size=params.events["batch_size"],
            n_threads=snakemake.threads,
            progress=progress,
        )
        reduction = Reduction(
            whole_windows(grid, window), moment_order=4, phases=True, trajectory_means=[model.length - 1]
        )
        checkpoint = checkpoints.enter_context(current.checkpoint(**names))
        ensemble = run(reduction=reduction, checkpoint=checkpoint)
        wave = np.full(model.length, np.nan) if state is None else wave_numbers(state)
        found = study.watched(ensemble, window, wave, case["start"], params.thresholds, params.events, settled)
        # Noise is a function of the trajectory: the same paths come again.
        again = run(reduction=replace(reduction, moment_order=1, phases=False, paths=found.trajectories.tolist()))
        fields = study.followed(again, found, params.events, interval)
        current.log.info("n_th = %g: %d passages followed", occupation, len(found.times))
        points.append(study.case_dataset(model, ensemble, found, fields, state, params.events, interval, settled))
    # Without the wave nothing starts on it, at any temperature.
    occupations = np.array(case["thermal_occupations"] if points else [], dtype=float)
    scanned = xr.Variable("thermal_occupation", occupations, {"units": "photons"})
    data = join_datasets(points, scanned) if points else xr.Dataset(coords={"thermal_occupation": scanned})
    write_raw(data.assign_coords(study.coordinates(model, case, settled)), snakemake.output[0], current.provenance())
