"""One job of an ensemble of a chain: moments, phases, products of sites, histograms and auto-correlations."""

from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.numerics.rng import stream_seed
from openkerr.runtime.io import write_raw
from openkerr.runtime.jobs import job
from openkerr.solvers.time_grid import CorrelationTimes
from openkerr.studies.chain_ensemble import simulate_steady_state
from openkerr.studies.chain_ensembles.kept import chain_kept
from openkerr.studies.chain_ensembles.raw import chain_dataset

with job(snakemake) as current:
    params, method = snakemake.params, snakemake.params.case["method"]
    settings, model = params.numerics | params.case, BoseHubbardChain(**params.model)
    with current.checkpoint() as checkpoint:
        ensemble = simulate_steady_state(
            model,
            settings,
            chain_kept(model.length),
            seed=stream_seed(params.seed, "chain_ensembles", model.noise_label(params.model)),
            trajectories=range(*params.trajectories),
            n_windows=params.n_windows,
            correlations=CorrelationTimes(*params.correlations),
            method=method,
            n_threads=snakemake.threads,
            checkpoint=checkpoint,
            progress=current.progress,
        )
    write_raw(chain_dataset(ensemble, model, settings, method), snakemake.output[0], current.provenance())
