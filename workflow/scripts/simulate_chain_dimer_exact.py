"""One job of the exact steady states of two sites: a U, an interval of drives."""

from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.runtime.io import write_raw
from openkerr.runtime.jobs import job
from openkerr.solvers.exact import CutoffError, cutoff_error, steady_state
from openkerr.studies.chain_dimer.raw import exact_dataset

with job(snakemake) as current:
    drives, spaces, limited = snakemake.params.drive_amplitudes, [], []
    for drive in drives:
        model = BoseHubbardChain(**snakemake.params.model, length=2, drive_amplitude=drive)
        try:
            checks = steady_state(
                model, tolerance=snakemake.params.tolerance, memory_limit=snakemake.params.memory_limit
            ).checks
            limited.append(False)
        except CutoffError as error:
            if len(error.checks) < 2:
                raise
            # What is known of it is told with its error.
            current.log.warning("F = %g: %s", drive, error)
            checks = error.checks
            limited.append(True)
        spaces.append(checks)
        current.log.info(
            "F = %g: %d Fock states, error %.1e, residual %.1e",
            drive,
            checks[-1].size,
            cutoff_error(checks),
            checks[-1].residual,
        )
    write_raw(exact_dataset(spaces, limited, drives, model.kerr), snakemake.output[0], current.provenance())
