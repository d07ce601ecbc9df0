"""One job of an ensemble of a chain for its thermometers: moments, products of neighbours, histograms, correlations."""

from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.numerics.rng import stream_seed
from openkerr.runtime.io import write_raw
from openkerr.runtime.jobs import job
from openkerr.solvers.time_grid import CorrelationTimes
from openkerr.studies.chain_ensemble import simulate_steady_state
from openkerr.studies.chain_thermodynamics.kept import thermal_kept
from openkerr.studies.chain_thermodynamics.raw import thermal_dataset

with job(snakemake) as current:
    params = snakemake.params
    settings, model = params.numerics | params.case, BoseHubbardChain(**params.model)
    with current.checkpoint() as checkpoint:
        ensemble = simulate_steady_state(
            model,
            settings,
            thermal_kept(model.length),
            seed=stream_seed(params.seed, "chain_thermodynamics", model.noise_label(params.model)),
            trajectories=range(*params.trajectories),
            n_windows=params.n_windows,
            correlations=CorrelationTimes(*params.correlations),
            n_threads=snakemake.threads,
            checkpoint=checkpoint,
            progress=current.progress,
        )
    write_raw(thermal_dataset(ensemble, model, settings), snakemake.output[0], current.provenance())
