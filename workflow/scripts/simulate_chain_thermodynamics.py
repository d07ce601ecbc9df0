"""One job of an ensemble of a chain for its thermometers: moments, products of neighbours, histograms, correlations."""

import numpy as np

from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.numerics.rng import stream_seed
from openkerr.runtime.io import write_raw
from openkerr.runtime.jobs import job
from openkerr.solvers.sde import simulate_ensemble
from openkerr.solvers.time_grid import CorrelationTimes, TimeGrid, whole_ratio
from openkerr.studies.chain_thermodynamics.raw import thermal_dataset
from openkerr.studies.chain_thermodynamics.reduction import thermal_reduction

with job(snakemake) as current:
    case, numerics = snakemake.params.case, snakemake.params.numerics
    model = BoseHubbardChain(**snakemake.params.model)
    sites = case["correlation_sites"]
    interval = numerics["lag_interval"] if sites else numerics["sampling_interval"]
    grid = TimeGrid.from_times(numerics["time_step"], interval, case["burn_in"] + case["averaging_time"])
    trajectories = range(*snakemake.params.trajectories)
    with current.checkpoint() as checkpoint:
        ensemble = simulate_ensemble(
            model,
            grid,
            start=np.zeros(model.length),
            seed=stream_seed(snakemake.params.seed, "chain_thermodynamics", model.noise_label(snakemake.params.model)),
            trajectories=trajectories,
            reduction=thermal_reduction(
                model.length,
                grid,
                whole_ratio(numerics["sampling_interval"], interval, "sampling_interval", "lag_interval"),
                case["burn_in"],
                n_windows=snakemake.params.n_windows,
                extent=numerics["extent"],
                n_cells=numerics["n_cells"],
                correlation_sites=sites,
                correlations=CorrelationTimes(*snakemake.params.correlations),
            ),
            stepper=numerics["stepper"],
            precision=numerics["precision"],
            noise=numerics["noise"],
            batch_size=numerics["batch_size"],
            n_threads=snakemake.threads,
            checkpoint=checkpoint,
            progress=current.progress(grid.n_steps * len(trajectories)),
        )
    dataset = thermal_dataset(ensemble, model, extent=numerics["extent"], **case)
    write_raw(dataset, snakemake.output[0], current.provenance())
