"""One job of a case of the chain's OTOC: replicas rotated by several angles, and the phases of the chain itself."""

from contextlib import ExitStack

import numpy as np
import xarray as xr

from openkerr.analysis.otoc import kept_samples
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.numerics.rng import stream_seed
from openkerr.runtime.io import write_raw
from openkerr.runtime.jobs import job
from openkerr.solvers.replicas import simulate_replicas
from openkerr.solvers.sde import Reduction, simulate_ensemble
from openkerr.solvers.time_grid import TimeGrid, window_bins

with job(snakemake) as current:
    numerics, sites = snakemake.params.numerics, np.array(snakemake.params.sources)
    interval, burn_in = numerics["sampling_interval"], numerics["burn_in"]
    final_time = burn_in + numerics["final_time"]
    model = BoseHubbardChain(**snakemake.params.model)
    grid = TimeGrid.from_times(numerics["time_step"], interval, final_time)
    window = window_bins(grid, final_time - numerics["saturation_time"], 1)
    lags = TimeGrid.from_times(numerics["time_step"], interval, numerics["final_time"])
    trajectories, angles = range(*snakemake.params.trajectories), snakemake.params.angles
    label = model.noise_label(snakemake.params.model)
    replicated = len(angles) * (1 + len(sites)) * lags.n_steps
    options = {
        "trajectories": trajectories,
        "stepper": numerics["stepper"],
        "batch_size": numerics["batch_size"],
        "progress": current.progress((grid.n_steps + replicated) * len(trajectories)),
    }
    with ExitStack() as checkpoints:
        ensemble = simulate_ensemble(
            model,
            grid,
            reduction=Reduction(window, moment_order=1, phases=True, final_states=True),
            start=np.zeros(model.length),
            seed=stream_seed(snakemake.params.seed, "chain_otoc", label),
            checkpoint=checkpoints.enter_context(current.checkpoint(replicas=0)),
            **options,
        )
        runs = [
            simulate_replicas(
                model,
                lags,
                states=ensemble.states,
                # The same trajectories at every angle: only what the angle changes is seen to change.
                seed=stream_seed(snakemake.params.seed, "chain_otoc", label, "replicas"),
                sources=sites - 1,
                angle=angle,
                split_sample=0,
                checkpoint=checkpoints.enter_context(current.checkpoint(angle=angle)),
                **options,
            )
            for angle in angles
        ]
        dims = ("batch", "angle", "lag_time", "source", "site")
        kept = kept_samples(len(runs[0].times), round(numerics["dense_time"] / interval))
        data = {
            name: (dims, np.stack([getattr(run, name)[:, kept] for run in runs], 1).astype("f4"), {"units": "1"})
            for name in ("divergence", "log_divergence")
        }
        phases = ensemble.phases[:, 0]
        data |= {
            "phase_real": (("batch", "site"), phases.real, {"units": "1"}),
            "phase_imag": (("batch", "site"), phases.imag, {"units": "1"}),
            "n_trajectories": ("batch", ensemble.weights, {"units": "1"}),
        }
        axes = model.coordinates() | {
            "saturation_time": ((), numerics["saturation_time"], {"units": "1/gamma"}),
            "batch": ensemble.first_trajectory,
            "angle": ("angle", np.array(angles), {"units": "rad"}),
            "lag_time": ("lag_time", runs[0].times[kept], {"units": "1/gamma"}),
            "source": sites,
            "site": np.arange(1, model.length + 1),
        }
        write_raw(xr.Dataset(data, axes), snakemake.output[0], current.provenance())
