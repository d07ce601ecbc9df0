"""Stationary branch of the resonant nonlinear wave over drive and length, beside the ensembles of the same chains."""

import pandas as pd

from openkerr.analysis.resonant_wave import branch_table, continuation_table, profile_table, sampled_rows
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.runtime.jobs import job
from openkerr.studies.chain_ensembles.tables import CHAIN_PROFILES
from openkerr.studies.chain_wave.scan import trace_wave, wave_points
from openkerr.studies.chain_wave.tables import CHAIN_RNW_BRANCH, CHAIN_RNW_CONTINUATION, CHAIN_RNW_PROFILES
from openkerr.tables.files import read_table, write_table

with job(snakemake) as current:
    params, output = snakemake.params, snakemake.output
    drives, places = params.wave["drive_amplitudes"], params.wave["points"]
    # As in the ensembles that it stands beside, the wave has no intrinsic loss.
    chain = params.model | {"intrinsic_loss_rate": 0.0}
    states, continuations, profiles = [], [], []
    for length in params.wave["lengths"]:
        samples = trace_wave(BoseHubbardChain(**chain, length=length, drive_amplitude=drives[-1]), 0.5 * drives[0])
        continuations.append(continuation_table(samples, length))
        states += wave_points(samples, drives)
        for place in (each for each in places if each["length"] == length):
            profiles += [
                profile_table(point, place["center"])
                for point in wave_points(samples, [place["drive_amplitude"]])
                if point.covariance is not None
            ]
        current.log.info("length %d: %d states", length, len(samples))
    sampled = sampled_rows(read_table(CHAIN_PROFILES, snakemake.input.profiles), places)
    provenance = current.provenance()
    table = branch_table(states, sampled, CHAIN_RNW_BRANCH.column_names)
    write_table(CHAIN_RNW_BRANCH, table, output.branch, provenance)
    write_table(CHAIN_RNW_CONTINUATION, pd.concat(continuations, ignore_index=True), output.continuation, provenance)
    none = pd.DataFrame(columns=CHAIN_RNW_PROFILES.column_names)
    frame = pd.concat(profiles, ignore_index=True) if profiles else none
    write_table(CHAIN_RNW_PROFILES, frame, output.profiles, provenance)
