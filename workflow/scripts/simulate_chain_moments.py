"""One job of a case of the chain's moments: populations of clones of one size, plain and weighted by several powers."""

from contextlib import ExitStack

import numpy as np
import xarray as xr

from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.numerics.rng import stream_seed
from openkerr.runtime.io import write_raw
from openkerr.runtime.jobs import job
from openkerr.solvers.cloning import simulate_clones
from openkerr.solvers.sde import Reduction, simulate_ensemble
from openkerr.solvers.time_grid import TimeGrid

with job(snakemake) as current:
    numerics, n_clones = snakemake.params.numerics, snakemake.params.n_clones
    n_starts, moments = numerics["n_starts"], list(numerics["moments"])
    first, last = (number // n_clones for number in snakemake.params.clones)
    model = BoseHubbardChain(**snakemake.params.model)
    label = model.noise_label(snakemake.params.model)
    seeds = {part: stream_seed(snakemake.params.seed, "chain_moments", label, part) for part in ("burn_in", "tangent")}
    burn_in = TimeGrid.from_times(numerics["burn_in_step"], 1.0, numerics["burn_in"])
    grid = TimeGrid.from_times(
        numerics["time_step"], numerics["interval"], numerics["alignment"] + numerics["final_time"]
    )
    progress = current.progress((1 + len(moments)) * (last - first) * n_clones * grid.n_steps)
    with ExitStack() as checkpoints:
        ensemble = simulate_ensemble(
            model,
            burn_in,
            start=np.zeros(model.length),
            seed=seeds["burn_in"],
            trajectories=range(first * n_starts, last * n_starts),
            reduction=Reduction(np.zeros(burn_in.n_samples, dtype=int), moment_order=1, final_states=True),
            stepper="strang",
            batch_size=n_starts,
            checkpoint=checkpoints.enter_context(current.checkpoint(burn_in=0)),
        )
        runs = [
            simulate_clones(
                model,
                grid,
                states=np.moveaxis(ensemble.states, 1, 2),
                moment=moment,
                n_clones=n_clones,
                seed=seeds["tangent"],
                populations=range(first, last),
                alignment_samples=round(numerics["alignment"] / numerics["interval"]),
                plain_moments=moments,
                least_share=numerics["least_share"],
                stepper=numerics["stepper"],
                checkpoint=checkpoints.enter_context(current.checkpoint(moment=moment)),
                progress=progress,
            )
            for moment in (0.0, *moments)
        ]
        plain, weighted = runs[0], runs[1:]
        number, rate = {"units": "1"}, {"units": "1/gamma"}
        dims = ("moment", "population", "time")
        data = {
            name: (dims, np.stack([getattr(run, name) for run in weighted]), number)
            for name in ("log_moment", "effective_share", "ancestors")
        }
        data["mean_log"] = (("population", "time"), plain.mean_log, number)
        data["plain_log_moment"] = (("population", "plain_moment", "time"), plain.plain_log_moments, number)
        data["plain_effective"] = (("population", "plain_moment", "time"), plain.plain_effective, number)
        axes = model.coordinates() | {
            "moment": moments,
            "plain_moment": moments,
            "population": plain.populations,
            "time": ("time", plain.times, rate),
            "n_clones": ((), n_clones, number),
            "relaxation_time": ((), numerics["relaxation_time"], rate),
            "early_time": ((), numerics["early_time"], rate),
        }
        write_raw(xr.Dataset(data, axes), snakemake.output[0], current.provenance())
