"""Rate of a rare passage to the wave or away from it: interfaces by a pilot, then forward flux sampling."""

import numpy as np

from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.numerics.rng import stream_seed
from openkerr.runtime.io import write_raw
from openkerr.runtime.jobs import job
from openkerr.solvers.splitting import Trials, forward_flux, place_interfaces
from openkerr.solvers.time_grid import whole_ratio
from openkerr.studies.chain_metastability.raw import wave_numbers
from openkerr.studies.chain_metastability.splitting import no_passage, splitting_dataset, wave_coordinate
from openkerr.studies.chain_wave.scan import wave_if_any

with job(snakemake) as current:
    numerics, case, parameters = snakemake.params.numerics, snakemake.params.case, snakemake.params.model
    model, interval = BoseHubbardChain(**parameters), numerics["sampling_interval"]
    state, missing = wave_if_any(model, "twa")
    if state is None:
        current.log.warning("%s", missing)
        found = no_passage()
    else:
        trials = Trials(
            time_step=numerics["time_step"],
            steps_per_sample=whole_ratio(interval, numerics["time_step"], "sampling_interval", "time_step"),
            n_lanes=numerics["n_lanes"],
            block=numerics["batch_size"],
            burn_in_samples=whole_ratio(case["burn_in"], interval, "burn_in", "sampling_interval"),
            flux_samples=whole_ratio(case["flux_time"], interval, "flux_time", "sampling_interval"),
            n_trials=case["n_trials"],
            max_samples=int(numerics["max_time"] / interval),
            memory_samples=case["memory_time"] / interval,
        )
        names = [case[name] for name in ("direction", "sites", "n_trials")]
        options = {
            "starts": state.field[None] if case["direction"] == "escape" else np.zeros((1, model.length)),
            "seed": stream_seed(snakemake.params.seed, "chain_splitting", model.noise_label(parameters), *names),
            "stepper": numerics["stepper"],
            "precision": numerics["precision"],
        }
        coordinate = wave_coordinate(wave_numbers(state), case["direction"], case["sites"])
        interfaces = place_interfaces(
            model, trials, coordinate, tuple(case["ends"]), share=numerics["share"], **options
        )
        current.log.info("interfaces %s", " ".join(f"{level:.4g}" for level in interfaces))
        with current.checkpoint() as checkpoint:
            found = forward_flux(
                model,
                trials,
                coordinate,
                interfaces,
                populations=range(case["n_populations"]),
                checkpoint=checkpoint,
                progress=current.progress(case["n_populations"]),
                **options,
            )
    write_raw(splitting_dataset(found, model, case), snakemake.output[0], current.provenance())
