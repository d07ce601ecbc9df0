"""One job of a case of the study of weak error against step: the reference, then every variant at every step."""

from contextlib import ExitStack

import numpy as np
import xarray as xr

from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.models.kerr_dimer import KerrDimer
from openkerr.numerics.rng import stream_seed
from openkerr.runtime.io import write_raw
from openkerr.runtime.jobs import job
from openkerr.solvers.ensemble_data import ensemble_dataset, join_datasets
from openkerr.solvers.sde import DivergenceError, Reduction, simulate_ensemble
from openkerr.solvers.time_grid import TimeGrid

MODELS = {"torus": KerrDimer, "chain": BoseHubbardChain}
UNITS = {"torus": "1/eta", "chain": "1/gamma"}

with job(snakemake) as current:
    problem, case = snakemake.params.problem, snakemake.params.case
    model = MODELS[problem](**snakemake.params.model)
    label = model.noise_label(snakemake.params.model)
    runs = [("runge_kutta", "double", "gaussian", case["reference_step"])]
    runs += [
        (variant["stepper"], variant["precision"], variant["noise"], step)
        for variant in snakemake.params.variants
        for step in variant["time_steps"]
    ]
    grids = [
        TimeGrid.from_times(run[3], case["sampling_interval"], case["burn_in"] + case["averaging_time"]) for run in runs
    ]
    trajectories = range(*snakemake.params.trajectories)
    first = round(case["burn_in"] / case["sampling_interval"]) + 1
    progress = current.progress(sum(grid.n_steps for grid in grids) * len(trajectories))
    parts = []
    with ExitStack() as checkpoints:
        for (stepper, precision, noise, step), grid in zip(runs, grids, strict=True):
            bins = np.arange(grid.n_samples) - first if problem == "torus" else np.zeros(grid.n_samples, dtype=int)
            bins[:first] = -1
            checkpoint = checkpoints.enter_context(
                current.checkpoint(stepper=stepper, precision=precision, noise=noise, time_step=step)
            )
            try:
                ensemble = simulate_ensemble(
                    model,
                    grid,
                    start=np.full(model.n_modes, snakemake.params.initial_amplitude),
                    seed=stream_seed(snakemake.params.seed, "stepper_errors", label, step),
                    trajectories=trajectories,
                    reduction=Reduction(bin_of_sample=bins, moment_order=2),
                    stepper=stepper,
                    precision=precision,
                    noise=noise,
                    batch_size=case["batch_size"],
                    n_threads=snakemake.threads,
                    checkpoint=checkpoint,
                    progress=progress,
                )
                part = ensemble_dataset(ensemble, UNITS[problem])[["moments", "n_valid"]]
            except DivergenceError:
                # A step that is too large for the rarest trajectory: it has no averages.
                if not parts:
                    raise
                part = parts[0].assign(moments=np.nan * parts[0]["moments"])
            parts.append(part)
        joined = join_datasets(parts, xr.Variable("run", np.arange(len(runs)), {"long_name": "0 is the reference"}))
        for name, values in zip(("stepper", "precision", "noise", "time_step"), zip(*runs, strict=True), strict=True):
            joined[name] = ("run", list(values), {"units": UNITS[problem] if name == "time_step" else "1"})
        names = {"problem": ((), problem, {"units": "1"}), "case": ((), case["name"], {"units": "1"})}
        write_raw(joined.assign_coords(names), snakemake.output[0], current.provenance())
