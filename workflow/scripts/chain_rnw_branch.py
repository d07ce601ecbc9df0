"""Stationary branch of the resonant nonlinear wave over drive and length, beside the ensembles of the same chains."""

import pandas as pd

from openkerr.analysis.resonant_wave import branch_table, continuation_table, profile_table, sampled_rows, step_effects
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.runtime.jobs import job
from openkerr.solvers.stepped_states import stepped_state
from openkerr.solvers.symmetric_flow import ConvergenceError
from openkerr.studies.chain_ensembles.tables import CHAIN_PROFILES
from openkerr.studies.chain_wave.scan import mirrored, trace_wave, wave_points
from openkerr.studies.chain_wave.tables import CHAIN_RNW_BRANCH, CHAIN_RNW_CONTINUATION, CHAIN_RNW_PROFILES
from openkerr.tables.files import read_table, write_table

with job(snakemake) as current:
    params, output = snakemake.params, snakemake.output
    drives, places = params.wave["drive_amplitudes"], params.wave["points"]
    states, continuations, profiles, missing, effects = [], [], [], [], {}
    for length in params.wave["lengths"]:
        chain = BoseHubbardChain(**params.model, length=length, drive_amplitude=drives[-1])
        try:
            samples = trace_wave(chain, 0.5 * drives[0])
        except ConvergenceError as error:
            # A chain without a wave is no fault: its rows are missing, and the tables tell why.
            samples = []
            missing.append(f"no resonant nonlinear wave in the chain of {length} sites at F = {drives[-1]:g}: {error}")
            current.log.warning(missing[-1])
        continuations.append(continuation_table(samples, length))
        states += wave_points(samples, drives)
        for place in (each for each in places if each["length"] == length):
            for point in wave_points(samples, [place["drive_amplitude"]]):
                if point.covariance is None:
                    continue
                profiles.append(profile_table(point, mirrored(point), place["center"]))
                stepped = stepped_state(point.state, params.stepper, params.time_step)
                if stepped.covariance is not None:
                    effect = step_effects(point.state, point.covariance, point.shift, stepped)
                    effects[length, place["drive_amplitude"]] = effect
        current.log.info("length %d: %d states", length, len(samples))
    loss = params.model["intrinsic_loss_rate"]
    sampled = sampled_rows(read_table(CHAIN_PROFILES, snakemake.input.profiles), places, loss, effects)
    provenance = current.provenance() | ({"notes": missing} if missing else {})
    table = branch_table(states, sampled, CHAIN_RNW_BRANCH.column_names)
    write_table(CHAIN_RNW_BRANCH, table, output.branch, provenance)
    for schema, frames, path in (
        (CHAIN_RNW_CONTINUATION, [one for one in continuations if len(one)], output.continuation),
        (CHAIN_RNW_PROFILES, profiles, output.profiles),
    ):
        none = pd.DataFrame(columns=schema.column_names)
        write_table(schema, pd.concat(frames, ignore_index=True) if frames else none, path, provenance)
