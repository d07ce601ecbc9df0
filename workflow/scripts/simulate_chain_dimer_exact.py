"""One job of the exact steady states of two sites: a U, an interval of drives."""

from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.runtime.io import write_raw
from openkerr.runtime.jobs import job
from openkerr.solvers.exact import steady_state
from openkerr.studies.chain_dimer.raw import exact_dataset

with job(snakemake) as current:
    drives, states = snakemake.params.drive_amplitudes, []
    for drive in drives:
        model = BoseHubbardChain(**snakemake.params.model, length=2, drive_amplitude=drive)
        states.append(
            steady_state(model, tolerance=snakemake.params.tolerance, memory_limit=snakemake.resources.solution_mb)
        )
        current.log.info(
            "F = %g: %d Fock states, change %.1e, residual %.1e",
            drive,
            states[-1].space.size,
            states[-1].change,
            states[-1].residual,
        )
    write_raw(exact_dataset(states, drives, model.kerr), snakemake.output[0], current.provenance())
